/// How often messages were refused, by their codes; those that are none of ours are one.
struct RefusalTally: Sendable {
    /// What codes are counted as, the last one for all others.
    static let labels: [String] = [
        ErrorMessage.Code.malformed, ErrorMessage.Code.unknownType, ErrorMessage.Code.notRegistered,
        ErrorMessage.Code.identity, ErrorMessage.Code.idInUse, ErrorMessage.Code.unknownPeer,
        ErrorMessage.Code.recipientOffline, ErrorMessage.Code.invalidMessage, ErrorMessage.Code.unauthorized,
        ErrorMessage.Code.tooLarge, ErrorMessage.Code.rateLimited, ErrorMessage.Code.full, "other",
    ]

    /// By the places of their labels.
    private(set) var counts = [Int](repeating: 0, count: labels.count)

    /// One more was refused.
    mutating func count(_ code: String) {
        counts[Self.labels.firstIndex(of: code) ?? Self.labels.count - 1] += 1
    }
}
