internal import NIOCore

/// Takes what the hub has the connections of another event loop do there: many orders at once, in
/// the order in which they were given, so that the loop is woken up once, and each connection is
/// written to once. Lives on the hub's event loop.
///
/// What is under way is bounded by what each ``ServerSocket`` hands over before it was written.
final class SocketOrderQueue {
    private enum Item: Sendable {
        case order(NIOLoopBound<ServerSocketHandler>, SocketOrder)
        /// Close what is no WebSocket.
        case close(any Channel)
    }

    /// So many orders go at once: the connections need not wait for all that the hub has to do.
    private static let most = 64

    /// Where the sockets' news are gathered.
    let news: NIOLoopBoundBox<SocketNewsQueue>
    private let loop: any EventLoop
    private let home: any EventLoop
    private let intake: NIOLoopBoundBox<CrossingIntake>
    private var items: [Item] = []
    private var isSending = false

    /// - Parameters:
    ///   - loop: that of the connections.
    ///   - home: the hub's.
    ///   - intake: takes the news of the connections there.
    init(loop: any EventLoop, home: any EventLoop, intake: NIOLoopBound<CrossingIntake>) {
        self.loop = loop
        self.home = home
        self.intake = .makeBoxSendingValue(CrossingIntake(loop: loop), eventLoop: loop)
        news = .makeBoxSendingValue(SocketNewsQueue(loop: loop, home: home, intake: intake), eventLoop: loop)
    }

    /// Has the end of a socket do something, behind all orders from before.
    func add(_ order: SocketOrder, to handler: NIOLoopBound<ServerSocketHandler>) { add(.order(handler, order)) }

    /// Closes a connection, behind all orders from before.
    func close(_ channel: any Channel) { add(.close(channel)) }

    private func add(_ item: Item) {
        items.append(item)
        if items.count >= Self.most { return send() }
        guard !isSending else { return }
        isSending = true
        let bound = NIOLoopBound(self, eventLoop: home)
        // Runs when the hub has dealt with all that is there in this turn.
        home.execute {
            bound.value.isSending = false
            bound.value.send()
        }
    }

    private func send() {
        guard !items.isEmpty else { return }
        let (items, intake) = (items, intake)
        self.items = []
        self.items.reserveCapacity(min(items.count, Self.most))
        loop.execute { intake.value.take { Self.carryOut(items) } }
    }

    private static func carryOut(_ items: [Item]) {
        for item in items {
            switch item {
            case .order(let handler, let order): handler.value.carryOut(order)
            case .close(let channel): channel.close(promise: nil)
            }
        }
        for case .order(let handler, _) in items { handler.value.flush() }
    }
}
