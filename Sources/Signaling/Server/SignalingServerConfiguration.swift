public import Logging

/// Where and how a ``SignalingServer`` listens.
public struct SignalingServerConfiguration: Sendable {
    /// The address to listen on; nil means all addresses, of IPv6 and IPv4.
    public var host: String?
    /// The port; 0 lets the system choose.
    public var port: UInt16
    /// Whether a port in use is replaced by one that the system chooses, instead of being an error.
    public var usesAnotherPort: Bool
    /// The limits to keep.
    public var limits: SignalingLimits
    /// Gets debug messages, without what peers send to each other.
    public var logger: Logger

    /// A configuration; the default listens on port 3010 of all addresses.
    public init(
        host: String? = nil, port: UInt16 = 3010, usesAnotherPort: Bool = false, limits: SignalingLimits = .init(),
        logger: Logger = Logger(label: "swift-webrtc.signaling")
    ) {
        self.host = host
        self.port = port
        self.usesAnotherPort = usesAnotherPort
        self.limits = limits
        self.logger = logger
    }
}
