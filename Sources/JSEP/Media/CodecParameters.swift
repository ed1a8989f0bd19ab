/// The parameters of a codec by name, with those that stand for what is left out.
struct CodecParameters: Hashable {
    /// RFC 7587 §6.1, RFC 6184 §8.1, RFC 9628 §6, RTP payload format for AV1 §7.1, RFC 7798 §7.1.
    private static let defaults: [String: [String: String]] = [
        "opus": [
            "maxplaybackrate": "48000", "sprop-maxcapturerate": "48000", "maxptime": "120", "minptime": "3",
            "ptime": "20", "stereo": "0", "sprop-stereo": "0", "cbr": "0", "useinbandfec": "0", "usedtx": "0",
        ],
        "h264": ["profile-level-id": "42000a", "packetization-mode": "0", "level-asymmetry-allowed": "0"],
        "vp9": ["profile-id": "0"],
        "av1": ["profile": "0", "level-idx": "5", "tier": "0"],
        "h265": [
            "profile-space": "0", "profile-id": "1", "tier-flag": "0", "level-id": "93", "tx-mode": "srst",
            "interop-constraints": "b00000000000",
        ],
    ]

    private let values: [String: String]

    /// Reads `a=fmtp`; nil for text that is not of names and values. Cases do not matter.
    ///
    /// - Parameter codec: the codec's name in lower case.
    init?(_ text: String, of codec: String) {
        var values: [String: String] = [:]
        for part in text.lowercased().split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard pair.count == 2 else { return nil }
            if values[pair[0]] == nil { values[pair[0]] = pair[1] }
        }
        self.values = values.merging(Self.defaults[codec] ?? [:]) { said, _ in said }
    }
}
