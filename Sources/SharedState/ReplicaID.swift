/// The name of one holder of the shared state: 1 to 64 visible characters of ASCII, ordered by
/// their bytes. The same at all replicas, and never that of two: for nodes of a mesh it is the
/// peer's id in lower case, made anew at each start.
public struct ReplicaID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The most characters a name has.
    static let maximumLength = 64

    /// The name.
    public let description: String

    /// The name, or nil if it is none.
    public init?(_ text: String) {
        guard (1...Self.maximumLength).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        description = text
    }

    /// A name that is known to be one.
    package init(trusted text: String) {
        description = text
    }

    /// Orders by the bytes.
    public static func < (left: ReplicaID, right: ReplicaID) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}
