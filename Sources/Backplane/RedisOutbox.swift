internal import NIOCore
internal import Synchronization

/// What waits for Redis to take it, within the limits of messages and bytes; of all threads.
final class RedisOutbox: Sendable {
    /// A command, and how many bytes of it were to be said: the last but its line end.
    private struct Item {
        var command: ByteBuffer
        var length: Int

        var said: [UInt8] { Array(command.readableBytesView.dropLast(2).suffix(length)) }
    }

    private struct State {
        var isOpen = false
        var items: [Item] = []
        /// Those that have no answer yet, in order.
        var sent = CircularBuffer<Item>()
        /// With those that are sent and not answered yet.
        var count = 0
        var bytes = 0
        var isScheduled = false
    }

    enum Addition {
        case refused
        case added
        /// Somebody has to take out what waits.
        case addedFirst
    }

    private let countLimit: Int
    private let byteLimit: Int
    private let state = Mutex(State())

    init(countLimit: Int, byteLimit: Int) {
        self.countLimit = countLimit
        self.byteLimit = byteLimit
    }

    /// Whether so many bytes would be taken now; to know before they are made.
    func hasRoom(for bytes: Int) -> Bool { state.withLock { hasRoom($0, bytes) } }

    /// Adds a command; refused while it is closed, and where it is full.
    ///
    /// - Parameter length: how many bytes it says.
    func append(_ command: ByteBuffer, saying length: Int) -> Addition {
        state.withLock { state in
            guard hasRoom(state, command.readableBytes) else { return .refused }
            state.items.append(Item(command: command, length: length))
            state.count += 1
            state.bytes += command.readableBytes
            defer { state.isScheduled = true }
            return state.isScheduled ? .added : .addedFirst
        }
    }

    private func hasRoom(_ state: State, _ bytes: Int) -> Bool {
        state.isOpen && state.count < countLimit && (state.count == 0 || bytes <= byteLimit - state.bytes)
    }

    /// What waits to be sent; it counts until it is ``answered(_:)``.
    func takeAll() -> [ByteBuffer] {
        state.withLock { state in
            defer { (state.items, state.isScheduled) = ([], false) }
            state.sent.append(contentsOf: state.items)
            return state.items.map(\.command)
        }
    }

    /// Redis has taken the next.
    ///
    /// - Returns: what it said.
    func answered() -> [UInt8]? {
        let item = state.withLock { state -> Item? in
            guard let item = state.sent.popFirst() else { return nil }
            state.count = max(0, state.count - 1)
            state.bytes = max(0, state.bytes - item.command.readableBytes)
            return item
        }
        return item?.said
    }

    /// Opens it, empty.
    func open() {
        state.withLock { state in
            state = State(isOpen: true, isScheduled: state.isScheduled)
        }
    }

    /// Closes it, and forgets what waits.
    ///
    /// - Returns: what that was, and what Redis may not have taken.
    func close() -> [[UInt8]] {
        let lost = state.withLock { state in
            defer { state = State(isScheduled: state.isScheduled) }
            return Array(state.sent) + state.items
        }
        return lost.map(\.said)
    }
}
