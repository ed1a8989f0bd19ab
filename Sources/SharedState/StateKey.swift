/// A key of the shared state: a text of 1 to 256 bytes of UTF-8. Two keys are one if their bytes
/// are, which is not so for texts that only look the same.
public struct StateKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The most bytes of UTF-8.
    public static let maximumBytes = 256

    /// The text.
    public let description: String

    /// The key, or nil if the text is empty or too long.
    public init?(_ text: String) {
        guard (1...Self.maximumBytes).contains(text.utf8.count) else { return nil }
        description = text
    }

    /// Whether their bytes are the same.
    public static func == (left: StateKey, right: StateKey) -> Bool {
        left.description.utf8.elementsEqual(right.description.utf8)
    }

    /// Orders by the bytes.
    public static func < (left: StateKey, right: StateKey) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        for byte in description.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}
