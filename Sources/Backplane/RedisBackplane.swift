internal import NIOCore
internal import NIOPosix
public import Signaling
internal import Synchronization

/// Joins signaling servers by a Redis: everything goes over its channels, and nothing is stored in
/// it.
///
/// A server that joins has two connections to the master. Both are made anew, after 50 ms to 2 s,
/// when one breaks, is silent for three ``RedisConfiguration/pingInterval``s, or turns out to be to
/// a replica; whoever is behind it hears ``BackplaneEvent/degraded(_:)`` at once, and again when
/// the reason becomes another.
public final class RedisBackplane: SignalingBackplane {
    /// The largest message that can be said, in bytes: 8 MiB.
    public static let maximumMessage = 8 << 20

    private enum State {
        case new
        case joining
        case joined(node: String, NIOLoopBound<RedisSession>)
        case left
    }

    private let configuration: RedisConfiguration
    private let channels: RedisChannels
    private let outbox: RedisOutbox
    private let loop: any EventLoop
    private let state = Mutex(State.new)

    /// A backplane that has not joined yet.
    ///
    /// - Parameter configuration: is checked when it joins.
    public init(configuration: RedisConfiguration) {
        self.configuration = configuration
        channels = RedisChannels(prefix: configuration.prefix)
        outbox = RedisOutbox(countLimit: configuration.queueLimit, byteLimit: configuration.queueBytes)
        loop = MultiThreadedEventLoopGroup.singleton.next()
    }

    deinit {
        guard case .joined(_, let session) = state.withLock({ $0 }) else { return }
        loop.execute { session.value.leave() }
    }

    /// Joins under a name. Returns when it has begun, whether Redis is there or not: what comes
    /// first says which.
    ///
    /// - Parameters:
    ///   - node: 1 to 128 letters, digits and `-_.:`; another server under the same name would hear
    ///     the same, and not be heard here.
    ///   - receive: called on one event loop, which does not run on meanwhile; returns at once.
    /// - Throws: `.invalidConfiguration` for a setting or a name that can have no effect;
    ///   `.invalidState` for a second call, and after ``leave()``.
    public func join(
        as node: String, _ receive: @escaping @Sendable (BackplaneEvent) -> Void
    ) async throws(SignalingError) {
        try configuration.validate()
        try RedisChannels.check(name: node, "node")
        let isFirst = state.withLock { state in
            guard case .new = state else { return false }
            state = .joining
            return true
        }
        guard isFirst else { throw SignalingError(.invalidState, "a backplane joins once") }
        let connector: RedisConnector
        do throws(SignalingError) {
            connector = try await RedisConnector.make(configuration, loop: loop)
        } catch {
            state.withLock { state in
                if case .joining = state { state = .new }
            }
            throw error
        }
        let hasJoined = await joined(node, connector, receive)
        guard hasJoined else { throw SignalingError(.invalidState, "the backplane has been left") }
    }

    private func joined(
        _ node: String, _ connector: RedisConnector, _ receive: @escaping @Sendable (BackplaneEvent) -> Void
    ) async -> Bool {
        let (configuration, loop, outbox) = (configuration, loop, outbox)
        let made = loop.submit {
            NIOLoopBound(
                RedisSession(configuration, connector, loop: loop, node: node, outbox: outbox, receive),
                eventLoop: loop)
        }
        guard let session = try? await made.get() else { return false }
        let hasJoined = state.withLock { state in
            guard case .joining = state else { return false }
            state = .joined(node: node, session)
            return true
        }
        if hasJoined { loop.execute { session.value.start() } }
        return hasJoined
    }

    /// Says something to one node, or to all others. Does not block.
    ///
    /// - Parameters:
    ///   - bytes: up to ``maximumMessage``.
    ///   - node: nil for all. To oneself nothing is said.
    /// - Returns: false where it cannot be sent now: not connected, more waits than the limits
    ///   allow, too large, or no name. True is no promise that it arrives: the connection may
    ///   break, and the node need not be there. ``BackplaneEvent/undelivered(_:)`` says so then.
    public func send(_ bytes: [UInt8], to node: String?) -> Bool {
        guard case .joined(let sender, let session) = state.withLock({ $0 }), bytes.count <= Self.maximumMessage,
            node.map(RedisChannels.isName) ?? true, outbox.hasRoom(for: bytes.count)
        else { return false }
        let channel = node.map(channels.to) ?? channels.all
        let command = RedisCommand.publish(RedisFrame(.message, from: sender, bytes), on: channel)
        switch outbox.append(command, saying: bytes.count) {
        case .refused: return false
        case .added: return true
        case .addedFirst:
            loop.execute { session.value.drain() }
            return true
        }
    }

    /// Leaves, for good. When it returns nothing is received any more. May be called again, and
    /// before ``join(as:_:)``.
    public func leave() async {
        let former = state.withLock { state in
            defer { state = .left }
            return state
        }
        guard case .joined(_, let session) = former else { return }
        try? await loop.submit { session.value.leave() }.get()
    }
}
