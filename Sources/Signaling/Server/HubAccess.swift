internal import NIOCore

/// A server's hub, as others have it that may be on other event loops. May be used from any thread.
struct HubAccess: Sendable {
    /// The hub's event loop.
    let loop: any EventLoop
    /// Whether new sockets are taken, to be read anywhere.
    let readiness: ShownReadiness
    private let bound: NIOLoopBound<SignalingHub>

    /// To be made on the hub's event loop.
    init(_ hub: SignalingHub) {
        loop = hub.loop
        readiness = hub.shownReadiness
        bound = NIOLoopBound(hub, eventLoop: hub.loop)
    }

    /// The hub, on its event loop only.
    var value: SignalingHub { bound.value }

    /// Tells the hub something: at once on its event loop.
    func tell(_ news: @escaping @Sendable (SignalingHub) -> Void) {
        if loop.inEventLoop { return news(bound.value) }
        loop.execute { [bound] in news(bound.value) }
    }
}
