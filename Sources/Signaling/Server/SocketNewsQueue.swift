internal import NIOCore

/// Takes what the sockets of one event loop have for the hub on another there: all of a turn of the
/// loop at once, so that the hub is woken up once, in the order in which it was told. Lives on the
/// connections' event loop.
///
/// What is under way is bounded: above it no connection of the loop is read from.
final class SocketNewsQueue {
    typealias Item = (socket: NIOLoopBound<ServerSocket>, news: SocketNews)

    /// How much may be under way from all sockets of the loop, by its weight.
    static let mostUnderWay = 256 * 1024

    /// What the hub has taken.
    private final class Taken: Sendable { let count = CrossingCount() }

    private let loop: any EventLoop
    private let home: any EventLoop
    private let intake: NIOLoopBound<CrossingIntake>
    private let taken = Taken()
    private var items: [Item] = []
    private var weight = 0
    /// All that was ever sent, by its weight.
    private var sent = 0
    /// Who is to read when there is room.
    private var readers: [ServerSocketHandler] = []

    /// - Parameters:
    ///   - loop: that of the connections.
    ///   - home: the hub's.
    ///   - intake: takes the news there.
    init(loop: any EventLoop, home: any EventLoop, intake: NIOLoopBound<CrossingIntake>) {
        self.loop = loop
        self.home = home
        self.intake = intake
    }

    /// Tells a socket something, behind all that was told before.
    func add(_ news: SocketNews, to socket: NIOLoopBound<ServerSocket>, weight: Int = 0) {
        if items.isEmpty {
            let bound = NIOLoopBound(self, eventLoop: loop)
            // Runs when all that has come in this turn has been read.
            loop.execute { bound.value.send() }
        }
        items.append((socket, news))
        self.weight += weight
        sent += weight
    }

    private func send() {
        let (items, weight, loop, taken, intake) = (items, weight, loop, taken, intake)
        let bound = NIOLoopBound(self, eventLoop: loop)
        self.items = []
        self.items.reserveCapacity(min(items.count, 64))
        self.weight = 0
        home.execute {
            intake.value.take {
                for (socket, news) in items { socket.value.hear(news) }
                if taken.count.pass(weight) { loop.execute { bound.value.readOn() } }
            }
        }
    }

    /// Whether there is room for what a connection would read; if not, it is told when there is.
    func mayRead(_ reader: ServerSocketHandler) -> Bool {
        guard !hasRoom else { return true }
        taken.count.ask()
        guard !hasRoom else { return true }
        readers.append(reader)
        return false
    }

    private var hasRoom: Bool { sent - taken.count.total <= Self.mostUnderWay }

    private func readOn() {
        let readers = readers
        self.readers = []
        for reader in readers { reader.readOn() }
    }
}
