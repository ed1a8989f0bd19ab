internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The event loops of a server: the hub's, and those that its connections are spread over, of which
/// the hub's is one.
struct ConnectionLoops: Sendable {
    /// How many a server may have: the hub is one, and a few others are all that it can follow.
    static let most = 64

    let home: any EventLoop
    let all: any EventLoopGroup

    /// - Parameter count: how many; 1 is the hub's alone. As many as the process has of its own are
    ///   these, others are made when a server first asks for so many, and stay.
    init(count: Int) {
        let own = MultiThreadedEventLoopGroup.singleton
        guard count > 1 else {
            home = own.next()
            all = home
            return
        }
        let isOwn = own.makeIterator().reduce(0) { count, _ in count + 1 } == count
        let group = isOwn ? own : Self.group(of: count)
        home = group.next()
        all = group
    }

    private static let groups = Mutex<[Int: MultiThreadedEventLoopGroup]>([:])

    private static func group(of count: Int) -> MultiThreadedEventLoopGroup {
        groups.withLock { groups in
            if let group = groups[count] { return group }
            let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
            groups[count] = group
            return group
        }
    }
}
