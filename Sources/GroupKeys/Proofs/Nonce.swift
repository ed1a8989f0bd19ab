/// 32 random bytes that are used once.
public struct Nonce: Sendable, Hashable {
    static let count = 32
    let bytes: [UInt8]

    /// A fresh one, from the system's source of random numbers.
    public init() {
        var source = SystemRandomNumberGenerator()
        bytes = (0..<Self.count).map { _ in UInt8.random(in: 0...255, using: &source) }
    }

    /// Reads what ``text`` writes; nil for anything else.
    public init?(_ text: String) {
        guard let bytes = HexText.read(text, count: Self.count) else { return nil }
        self.bytes = bytes
    }

    /// 64 hexadecimal digits.
    public var text: String { HexText.write(bytes) }
}
