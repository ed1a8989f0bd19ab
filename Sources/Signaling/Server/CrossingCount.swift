internal import Synchronization

/// How much has got across from one event loop to another. The side that sends reads it when it
/// needs to know, and is told only where it has asked for that: so nobody is woken up for a count.
struct CrossingCount: ~Copyable, Sendable {
    private let passed = Atomic<Int>(0)
    private let isAwaited = Atomic<Bool>(false)

    /// All that has got across so far.
    var total: Int { passed.load(ordering: .sequentiallyConsistent) }

    /// So much more has got across.
    ///
    /// - Returns: whether the sender has asked to be told.
    @discardableResult
    func pass(_ amount: Int) -> Bool {
        passed.wrappingAdd(amount, ordering: .sequentiallyConsistent)
        guard isAwaited.load(ordering: .sequentiallyConsistent) else { return false }
        return isAwaited.exchange(false, ordering: .sequentiallyConsistent)
    }

    /// Asks to be told when more has got across. What got across before this is not told: look at
    /// the ``total`` again.
    func ask() { isAwaited.store(true, ordering: .sequentiallyConsistent) }
}
