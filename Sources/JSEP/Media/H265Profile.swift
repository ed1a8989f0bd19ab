internal import SDP

/// The parameters of H.265 that decide whether two ends understand each other (RFC 7798 §7.1).
struct H265Profile: Hashable {
    /// What has to be the same at both ends (RFC 7798 §7.2.2).
    struct Configuration: Sendable, Hashable {
        /// `profile-space`, `profile-id` and `tier-flag`.
        let space: UInt8
        let profile: UInt8
        let tier: UInt8
        /// `interop-constraints`, 48 bits.
        let constraints: UInt64
        /// `tx-mode` in upper case.
        let mode: String
    }

    let configuration: Configuration
    /// 30 times the level. Each side has what it can read.
    private let level: UInt8

    /// Reads `a=fmtp`, with what RFC 7798 §7.1 puts in the place of what is not there: the main
    /// profile, main tier, level 3.1, in frames. Nil for what is no profile, or one that its own
    /// `profile-compatibility-indicator` denies.
    init?(_ parameters: String?) {
        let list = FormatParametersAttribute(format: "", parameters: parameters ?? "")
        guard let space = UInt8(list["profile-space"] ?? "0"), let profile = UInt8(list["profile-id"] ?? "1"),
            let tier = UInt8(list["tier-flag"] ?? "0"), let level = UInt8(list["level-id"] ?? "93"),
            let constraints = Self.hex(list["interop-constraints"] ?? "B00000000000", digits: 12), profile < 32
        else { return nil }
        if let text = list["profile-compatibility-indicator"] {
            guard let flags = Self.hex(text, digits: 8), flags << profile & 0x8000_0000 != 0 else { return nil }
        }
        configuration = Configuration(
            space: space, profile: profile, tier: tier, constraints: constraints,
            mode: (list["tx-mode"] ?? "SRST").uppercased())
        self.level = level
    }

    /// The answer to an offer of the same configuration, with the lower of both levels. Nil for an
    /// offer that is no profile.
    func answer(to offered: String?) -> String? {
        guard let offer = H265Profile(offered) else { return nil }
        let (profile, tier, mode) = (configuration.profile, configuration.tier, configuration.mode)
        return "level-id=\(min(level, offer.level));profile-id=\(profile);tier-flag=\(tier);tx-mode=\(mode)"
    }

    private static func hex(_ text: String, digits: Int) -> UInt64? {
        guard text.utf8.count == digits, text.utf8.first != UInt8(ascii: "+") else { return nil }
        return UInt64(text, radix: 16)
    }
}
