internal import SDP

/// The parameters of H.264 that decide whether two ends understand each other (RFC 6184 §8.1).
struct H264Profile: Hashable {
    /// The profiles of RFC 6184 §8.1, and the two that H.264 has beside them since (A.2.4).
    enum Name: Sendable, Hashable {
        case constrainedBaseline, baseline, main, extended
        case high, progressiveHigh, constrainedHigh, high10, high422, high444
        case high10Intra, high422Intra, high444Intra, cavlc444Intra
    }

    /// Which values of `profile_idc` and of the byte behind it, as far as it matters, are which
    /// profile (RFC 6184 §8.1, table 5).
    private static let patterns: [(idc: UInt8, mask: UInt8, value: UInt8, name: Name)] = [
        (0x42, 0x4F, 0x40, .constrainedBaseline), (0x4D, 0x8F, 0x80, .constrainedBaseline),
        (0x58, 0xCF, 0xC0, .constrainedBaseline), (0x42, 0x4F, 0x00, .baseline), (0x58, 0xCF, 0x80, .baseline),
        (0x4D, 0xAF, 0x00, .main), (0x58, 0xCF, 0x00, .extended), (0x64, 0xFF, 0x00, .high),
        (0x64, 0xFF, 0x08, .progressiveHigh), (0x64, 0xFF, 0x0C, .constrainedHigh), (0x6E, 0xFF, 0x00, .high10),
        (0x7A, 0xFF, 0x00, .high422), (0xF4, 0xFF, 0x00, .high444), (0x6E, 0xFF, 0x10, .high10Intra),
        (0x7A, 0xFF, 0x10, .high422Intra), (0xF4, 0xFF, 0x10, .high444Intra), (0x2C, 0xFF, 0x10, .cavlc444Intra),
    ]

    let name: Name
    /// 0 unless it is said.
    let packetizationMode: UInt8
    /// The first two bytes of `profile-level-id`, as they were written.
    private let profileIDC: UInt8
    private let constraints: UInt8
    private let level: Level
    private let allowsAsymmetry: Bool

    /// Reads `a=fmtp`; nil for what is no profile. Without a `profile-level-id` it is baseline,
    /// level 1.
    init?(_ parameters: String?) {
        let list = FormatParametersAttribute(format: "", parameters: parameters ?? "")
        let text = list["profile-level-id"] ?? "42000a"
        guard text.utf8.count == 6, text.utf8.first != UInt8(ascii: "+"), let number = UInt32(text, radix: 16),
            let mode = UInt8(list["packetization-mode"] ?? "0")
        else { return nil }
        let (idc, constraints) = (UInt8(truncatingIfNeeded: number >> 16), UInt8(truncatingIfNeeded: number >> 8))
        let known = Self.patterns.first { $0.idc == idc && constraints & $0.mask == $0.value }
        guard let known else { return nil }
        name = known.name
        packetizationMode = mode
        profileIDC = idc
        self.constraints = constraints
        level = Level(UInt8(truncatingIfNeeded: number), constraints, of: idc)
        allowsAsymmetry = list["level-asymmetry-allowed"] == "1"
    }

    /// Each side has its own level if both allow that, otherwise the lower one holds (RFC 6184
    /// §8.2.2). The profile is written as in the offer. Nil for an offer that is no profile.
    func answer(to offered: String?) -> String? {
        guard let offer = H264Profile(offered) else { return nil }
        let isAsymmetric = allowsAsymmetry && offer.allowsAsymmetry
        let agreed = isAsymmetric ? level : min(level, offer.level)
        let (constraints, number) = agreed.bytes(offer.constraints, insteadOf: offer.level, of: offer.profileIDC)
        let id = UInt32(offer.profileIDC) << 16 | UInt32(constraints) << 8 | UInt32(number) | 0x1_00_00_00
        return "level-asymmetry-allowed=1;packetization-mode=\(packetizationMode);profile-level-id="
            + String(id, radix: 16).dropFirst()
    }
}

extension H264Profile {
    /// A level of H.264, by the amount of data that it allows.
    struct Level: Hashable, Comparable {
        /// `level_idc` of level 1.1, and of 1b in the profiles that tell it by a flag.
        private static let first: UInt8 = 11
        /// `constraint_set3_flag`.
        private static let flag: UInt8 = 0x10

        /// Twice `level_idc`, so that level 1b has a place between 1 and 1.1.
        private let rank: Int
        private var is1b: Bool { rank == 21 }

        /// Level 1b is 11 with a flag in the baseline, main and extended profiles, and 9 in others
        /// (RFC 6184 §8.1).
        init(_ number: UInt8, _ constraints: UInt8, of profileIDC: UInt8) {
            let isFlagged = Self.hasFlag(profileIDC) && number == Self.first && constraints & Self.flag != 0
            let is1b = isFlagged || !Self.hasFlag(profileIDC) && number == 9
            rank = is1b ? 21 : Int(number) * 2
        }

        /// The last two bytes of `profile-level-id`.
        ///
        /// - Parameters:
        ///   - constraints: the first of them, as it is with another level.
        ///   - other: that level. The flag means nothing with most, and stays as it is.
        func bytes(
            _ constraints: UInt8, insteadOf other: Level, of profileIDC: UInt8
        ) -> (constraints: UInt8, number: UInt8) {
            guard Self.hasFlag(profileIDC) else { return (constraints, is1b ? 9 : UInt8(rank / 2)) }
            if is1b { return (constraints | Self.flag, Self.first) }
            let isCleared = other.is1b || rank == Int(Self.first) * 2
            return (isCleared ? constraints & ~Self.flag : constraints, UInt8(rank / 2))
        }

        static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private static func hasFlag(_ profileIDC: UInt8) -> Bool { [0x42, 0x4D, 0x58].contains(profileIDC) }
    }
}
