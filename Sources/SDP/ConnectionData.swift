/// A network address: the value of `c=` (RFC 8866 §5.7), and the end of `o=` and `a=rtcp`.
public struct ConnectionData: Sendable, Hashable {
    /// The network, `IN` for the Internet.
    public var networkType: String
    /// `IP4` or `IP6`.
    public var addressType: String
    /// An address or a host name, with the `/ttl/count` of a multicast address if it has one.
    public var address: String

    /// An address of the Internet.
    public init(networkType: String = "IN", addressType: String = "IP4", address: String) {
        self.networkType = networkType
        self.addressType = addressType
        self.address = address
    }

    /// `IN IP4 0.0.0.0`: no address is known yet (RFC 9429 §5.2.1).
    public static let unspecified = ConnectionData(address: "0.0.0.0")

    init?(fields: some Collection<String>) {
        let fields = Array(fields)
        guard fields.count == 3 else { return nil }
        self.init(networkType: fields[0], addressType: fields[1], address: fields[2])
    }
}
