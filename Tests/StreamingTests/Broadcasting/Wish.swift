import Synchronization

/// Whether a key frame is wanted.
final class Wish: Sendable {
    private let isWanted = Mutex(false)

    func set() { isWanted.withLock { $0 = true } }

    func take() -> Bool {
        isWanted.withLock { isWanted in
            defer { isWanted = false }
            return isWanted
        }
    }
}
