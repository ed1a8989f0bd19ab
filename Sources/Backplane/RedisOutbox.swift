internal import NIOCore
internal import Synchronization

/// What waits for Redis to take it, within the limits of messages and bytes; of all threads.
final class RedisOutbox: Sendable {
    private struct State {
        var isOpen = false
        var items: [ByteBuffer] = []
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
    func append(_ command: ByteBuffer) -> Addition {
        state.withLock { state in
            guard hasRoom(state, command.readableBytes) else { return .refused }
            state.items.append(command)
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
            return state.items
        }
    }

    /// Redis has taken one of so many bytes.
    func answered(_ bytes: Int) {
        state.withLock { state in
            guard state.isOpen else { return }
            state.count = max(0, state.count - 1)
            state.bytes = max(0, state.bytes - bytes)
        }
    }

    /// Opens it, empty.
    func open() {
        state.withLock { state in
            state = State(isOpen: true, isScheduled: state.isScheduled)
        }
    }

    /// Closes it, and forgets what waits.
    func close() {
        state.withLock { state in
            state = State(isScheduled: state.isScheduled)
        }
    }
}
