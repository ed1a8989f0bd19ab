/// `a=rtcp` (RFC 3605 §2.1): where RTCP goes when it is not multiplexed with RTP.
public struct RTCPAttribute: AttributeValue {
    public static let attributeName = "rtcp"

    /// The port.
    public var port: UInt16
    /// The address, if it is not that of `c=`.
    public var address: ConnectionData?

    /// A port and an address.
    public init(port: UInt16, address: ConnectionData? = nil) {
        self.port = port
        self.address = address
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard let port = fields.first?.decimal(UInt16.self) else { return nil }
        if fields.count == 1 {
            self.init(port: port)
        } else {
            guard let address = ConnectionData(fields: fields.dropFirst()) else { return nil }
            self.init(port: port, address: address)
        }
    }

    public var attributeValue: String {
        guard let address else { return "\(port)" }
        return "\(port) \(address.networkType) \(address.addressType) \(address.address)"
    }
}
