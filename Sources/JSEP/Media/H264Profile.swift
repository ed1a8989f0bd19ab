internal import SDP

/// The parameters of H.264 that decide whether two ends understand each other (RFC 6184 §8.1), for
/// the baseline profiles.
struct H264Profile: Hashable {
    var packetizationMode: Int
    /// Constrained baseline, which decodes in hardware everywhere.
    var isConstrained: Bool
    /// The second byte of `profile-level-id`, as it was written.
    private var constraints: UInt8
    private var level: UInt8
    private var allowsAsymmetry: Bool

    /// What our own codecs say, which is also what most peers say.
    private static let known: [String: H264Profile] = {
        let texts = CodecTable.video.filter { $0.name == "H264" }.compactMap(\.parameters)
        let profiles = texts.compactMap { text in H264Profile(text).map { (text, $0) } }
        return Dictionary(profiles, uniquingKeysWith: { first, _ in first })
    }()

    /// The same as ``init(_:)``, at once for texts that are known.
    static func read(_ parameters: String?) -> H264Profile? {
        parameters.flatMap { known[$0] } ?? H264Profile(parameters)
    }

    /// Reads `a=fmtp`; nil for another profile. Without a `profile-level-id` it is baseline, level
    /// 1.
    init?(_ parameters: String?) {
        let list = FormatParametersAttribute(format: "", parameters: parameters ?? "")
        let text = list["profile-level-id"] ?? "42000a"
        guard text.utf8.count == 6, let number = UInt32(text, radix: 16), number >> 16 == 0x42 else { return nil }
        packetizationMode = list["packetization-mode"].flatMap { Int($0) } ?? 0
        constraints = UInt8(truncatingIfNeeded: number >> 8)
        isConstrained = constraints & 0x40 != 0
        level = UInt8(truncatingIfNeeded: number)
        allowsAsymmetry = list["level-asymmetry-allowed"] == "1"
    }

    /// Each side has its own level if both allow that, otherwise the lower one holds (RFC 6184
    /// §8.2.2).
    func answer(to offer: H264Profile) -> String {
        let isAsymmetric = allowsAsymmetry && offer.allowsAsymmetry
        let agreed = isAsymmetric ? level : min(level, offer.level)
        let id = (0x42 << 16 | Int(offer.constraints) << 8 | Int(agreed)) + 0x1_00_00_00
        return "level-asymmetry-allowed=1;packetization-mode=\(packetizationMode);profile-level-id="
            + String(id, radix: 16).dropFirst()
    }
}
