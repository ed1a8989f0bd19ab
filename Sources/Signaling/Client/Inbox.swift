internal import Synchronization

/// A queue with a limit between one producer and one reader. The producer is told when it is full and when there is room.
final class Inbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var first = 0
        var end: Result<Void, SignalingError>?
        var reader: CheckedContinuation<Result<Element?, SignalingError>, Never>?
        var isFull = false

        var count: Int { elements.count - first }

        mutating func take() -> Element? {
            guard first < elements.count else { return nil }
            let element = elements[first]
            first += 1
            if first >= 64 || first == elements.count {
                elements.removeFirst(first)
                first = 0
            }
            return element
        }
    }

    private let state = Mutex(State())
    private let limit: Int
    private let onRoom = Mutex<(@Sendable () -> Void)?>(nil)

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// Called, on the reader's thread, each time a full queue has been read half empty.
    func onRoom(_ body: (@Sendable () -> Void)?) {
        onRoom.withLock { $0 = body }
    }

    /// Adds an element; false when the queue is full now and the producer should stop.
    func push(_ element: Element) -> Bool {
        let (reader, hasRoom) = state.withLock {
            state -> (CheckedContinuation<Result<Element?, SignalingError>, Never>?, Bool) in
            guard state.end == nil else { return (nil, true) }
            if let reader = state.reader {
                state.reader = nil
                return (reader, true)
            }
            state.elements.append(element)
            if state.count >= limit { state.isFull = true }
            return (nil, !state.isFull)
        }
        reader?.resume(returning: .success(element))
        return hasRoom
    }

    /// No element follows; the reader gets what is there, and then the end or the error. The first call counts.
    func finish(_ error: SignalingError? = nil) {
        let reader = state.withLock { state -> CheckedContinuation<Result<Element?, SignalingError>, Never>? in
            guard state.end == nil else { return nil }
            state.end = error.map { .failure($0) } ?? .success(())
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    /// The next element; nil at the end, or when the task is cancelled.
    func next() async throws(SignalingError) -> Element? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<Element?, SignalingError>, Never>) in
                var hasRoom = false
                var displaced: CheckedContinuation<Result<Element?, SignalingError>, Never>?
                let result = state.withLock { state -> Result<Element?, SignalingError>? in
                    if Task.isCancelled { return .success(nil) }
                    if let element = state.take() {
                        if state.isFull, state.count <= limit / 2 {
                            state.isFull = false
                            hasRoom = true
                        }
                        return .success(element)
                    }
                    if let end = state.end { return end.map { nil } }
                    displaced = state.reader
                    state.reader = continuation
                    return nil
                }
                displaced?.resume(returning: .success(nil))
                if hasRoom, let onRoom = onRoom.withLock({ $0 }) { onRoom() }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: .success(nil))
        }
        return try result.get()
    }
}
