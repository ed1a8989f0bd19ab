internal import NetworkLoop
internal import Synchronization

/// The connection that channels belong to.
protocol DataPortOwner: AnyObject, Sendable {
    /// Sends what waits. On the loop.
    func flushOnLoop()
    /// Why it does not connect, or where it stands. From any thread.
    var diagnosis: ConnectionDiagnosis { get }
}

/// Where the channels of one connection meet its loop: from any thread, one wake-up per burst.
final class DataPort: Sendable {
    private struct Storage {
        var scheduled: [DataChannel] = []
        var controls: [DataChannel] = []
        var channels: [ObjectIdentifier: DataChannel] = [:]
        /// Kept while a channel may still be used; let go when the connection closes.
        var connection: (any DataPortOwner)?
        var isClosed = false
    }

    /// What the channels have got and nobody has read.
    let unread: UnreadBudget
    let loop: NetworkLoop
    /// The time by the loop's clock.
    var nanoseconds: @Sendable () -> UInt64 { { [clock = loop.clock] in clock.nanoseconds } }
    private let storage = Mutex(Storage())
    private let work: LoopWork

    private let target: FlushTarget
    private let isWakeDue = Atomic(false)

    init(loop: NetworkLoop, unreadLimit: Int) {
        self.loop = loop
        unread = UnreadBudget(limit: unreadLimit)
        let target = FlushTarget()
        self.target = target
        work = LoopWork { target.flush() }
    }

    /// Says whose `flush()` runs on the loop after any number of ``schedule(_:)`` calls. It is not
    /// retained.
    func attach(to connection: any DataPortOwner) {
        target.connection.withLock { $0.value = connection }
    }

    /// Registers a channel, so that closing the connection closes it at once. False if the
    /// connection is closed.
    func add(_ channel: DataChannel, of connection: any DataPortOwner) -> Bool {
        storage.withLock { storage in
            guard !storage.isClosed else { return false }
            storage.channels[ObjectIdentifier(channel)] = channel
            storage.connection = connection
            return true
        }
    }

    /// The channels whose readers are far behind, the furthest first, for people to read.
    var unreadChannels: [String] {
        storage.withLock { Array($0.channels.values) }.compactMap { channel -> (count: Int, text: String)? in
            let (isUnread, count, id) = channel.core.withLock { ($0.isUnread, $0.inbox.byteCount, $0.id) }
            let stream = id.map { " (stream \($0))" } ?? ""
            return isUnread ? (count, "channel '\(channel.label)'\(stream): \(count) bytes wait for a reader") : nil
        }
        .sorted { $0.count > $1.count }.map(\.text)
    }

    /// What the connection says of itself; nil once it has no channel any more.
    var diagnosis: ConnectionDiagnosis? { storage.withLock { $0.connection }?.diagnosis }

    func remove(_ channel: DataChannel) {
        let connection = storage.withLock { storage -> (any DataPortOwner)? in
            storage.channels[ObjectIdentifier(channel)] = nil
            guard storage.channels.isEmpty else { return nil }
            defer { storage.connection = nil }
            return storage.connection
        }
        // This may be the last reference, and the connection's own code may be on the stack: let go
        // in a turn of its own.
        if let connection { loop.post { withExtendedLifetime(connection) {} } }
    }

    /// The channel has something for the loop: messages, or its wish to close.
    func schedule(_ channel: DataChannel) {
        let isOpen = storage.withLock { storage in
            if !storage.isClosed { storage.scheduled.append(channel) }
            return !storage.isClosed
        }
        if isOpen { loop.wake(work) }
    }

    /// The channel has to be opened, confirmed or closed, which waits for no other channel's
    /// messages; ``schedule(_:)`` follows.
    func scheduleControl(_ channel: DataChannel) {
        storage.withLock { storage in
            if !storage.isClosed { storage.controls.append(channel) }
        }
    }

    /// A reader has made room.
    func resumeReading() {
        loop.wake(work)
    }

    /// Asks for a pass of the loop, such as after packets were produced.
    func wake() {
        loop.wake(work)
    }

    /// Asks for a pass of the loop soon, once for however many calls until it comes. On the loop.
    func wakeLater() {
        guard !isWakeDue.exchange(true, ordering: .relaxed) else { return }
        _ = loop.schedule(after: .milliseconds(200)) { [weak self] in
            self?.isWakeDue.store(false, ordering: .relaxed)
            self?.wake()
        }
    }

    /// Takes the channels that were scheduled since the last call, and those of which one of
    /// ``scheduleControl(_:)`` has come. On the loop.
    func takeScheduled() -> (channels: [DataChannel], controls: [DataChannel]) {
        storage.withLock { storage in
            guard !storage.scheduled.isEmpty || !storage.controls.isEmpty else { return ([], []) }
            defer { (storage.scheduled, storage.controls) = ([], []) }
            return (storage.scheduled, storage.controls)
        }
    }

    /// Every channel that is not closed.
    var channels: [DataChannel] {
        storage.withLock { Array($0.channels.values) }
    }

    /// Closes all channels at once. From any thread.
    func close(error: WebRTCError? = nil) {
        let (channels, connection) = storage.withLock { storage in
            defer {
                storage.channels = [:]
                storage.scheduled = []
                storage.controls = []
                storage.connection = nil
            }
            storage.isClosed = true
            return (Array(storage.channels.values), storage.connection)
        }
        for channel in channels { channel.didClose(error: error, by: .connection) }
        _ = connection  // released outside of the lock
    }
}

/// The connection that a port wakes, held weakly.
private final class FlushTarget: Sendable {
    struct Reference {
        weak var value: (any DataPortOwner)?
    }
    let connection = Mutex(Reference())

    func flush() {
        connection.withLock { $0.value }?.flushOnLoop()
    }
}
