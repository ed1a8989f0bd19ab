public import Hummingbird
public import NIOCore

/// What the gateway's routes need to know of a request beside itself: where it came from.
public struct GatewayContext: RemoteAddressRequestContext {
    /// Hummingbird's own part.
    public var coreContext: CoreRequestContextStorage
    /// The address that the request came from.
    public let remoteAddress: SocketAddress?

    /// Made by Hummingbird for each request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
