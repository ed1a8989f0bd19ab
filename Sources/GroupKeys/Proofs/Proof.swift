/// A code that only who has the key can have made: HMAC with SHA-256.
///
/// It is no secret. Two are compared by nobody but who has the key, in constant time, which is why
/// this is not `Equatable`.
public struct Proof: Sendable {
    static let count = 32
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads what ``text`` writes; nil for anything else.
    public init?(_ text: String) {
        guard let bytes = HexText.read(text, count: Self.count) else { return nil }
        self.bytes = bytes
    }

    /// 64 hexadecimal digits.
    public var text: String { HexText.write(bytes) }
}
