public import Signaling

/// Where a Redis or one of its sentinels listens.
public struct RedisEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address; IPv6 without brackets.
    public var host: String
    /// 1 to 65535.
    public var port: Int

    /// An endpoint from its parts.
    ///
    /// - Parameter port: 6379 is that of Redis, 26379 that of sentinels.
    public init(host: String, port: Int = 6379) {
        self.host = host
        self.port = port
    }

    /// Host and port in one word.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Refuses what can be no place: a host without a name or with spaces, a port out of its range.
    ///
    /// - Throws: `.invalidConfiguration`, with what is wrong.
    public func validate() throws(SignalingError) {
        guard !host.isEmpty, host.utf8.count <= 255, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw SignalingError(.invalidConfiguration, "\"\(host.prefix(80))\" is no host: a name or an address")
        }
        guard (1...65535).contains(port) else {
            throw SignalingError(.invalidConfiguration, "the port of \(host) is \(port): 1 to 65535")
        }
    }
}
