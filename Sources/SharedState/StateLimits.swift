/// How much the shared state holds, and for how long it remembers what was deleted. To be the same
/// at all replicas.
public struct StateLimits: Sendable, Hashable {
    /// The most entries, deleted ones that are remembered included; 1 to 65,536.
    public var entries: Int
    /// The most bytes of keys and values, with 128 for each entry.
    public var bytes: Int
    /// How long a deletion is remembered; at least ``shortestRetention``.
    public var retention: Duration
    /// When there is no room, deletions older than that are forgotten first.
    public static let shortestRetention = Duration.seconds(3600)

    /// - Parameters:
    ///   - entries: the most entries; 4096 unless told.
    ///   - bytes: the most bytes; 16 MiB unless told.
    ///   - retention: how long a deletion is remembered; 7 days unless told.
    public init(entries: Int = 4096, bytes: Int = 16 << 20, retention: Duration = .seconds(7 * 86_400)) {
        self.entries = min(max(entries, 1), 1 << 16)
        self.bytes = max(bytes, 1024)
        self.retention = max(retention, Self.shortestRetention)
    }
}
