internal import NIOCore

/// Connections that have found no place: each has a moment for one request, so that a load balancer
/// hears that the server is full from the server itself. Lives on the server's event loop.
final class Guests {
    /// How many there are at the most; the newest ones stay.
    static let most = 16
    /// How long each may take for its request, TLS included.
    static let time = TimeAmount.seconds(1)

    /// The oldest first.
    private var channels: [any Channel] = []
    private var isClosed = false
    private let loop: any EventLoop

    /// - Parameter loop: the server's event loop.
    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// How many there are.
    var count: Int { channels.count }

    /// Takes a connection; false when the server is stopped.
    func admit(_ channel: any Channel) -> Bool {
        guard !isClosed else { return false }
        if channels.count >= Self.most { channels.removeFirst().close(promise: nil) }
        channels.append(channel)
        let bound = NIOLoopBound(self, eventLoop: loop)
        channel.closeFuture.hop(to: loop).whenComplete { _ in
            bound.value.channels.removeAll { $0 === channel }
        }
        return true
    }

    /// Closes all, and takes no more; the futures are those of their ends.
    func close() -> [EventLoopFuture<Void>] {
        isClosed = true
        let all = channels
        channels = []
        for channel in all { channel.close(promise: nil) }
        return all.map(\.closeFuture)
    }
}
