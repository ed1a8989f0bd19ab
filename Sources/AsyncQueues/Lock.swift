public import Synchronization

/// A mutex that the thread sanitizer sees.
///
/// The standard library's locks in code that is not instrumented, and the sanitizer takes for
/// unguarded what it guards. Here an atomic is read once it is locked, and written before it is
/// unlocked, which tells of the same order; neither costs more than to read and write memory.
@usableFromInline
struct Lock<Value: Sendable>: ~Copyable, Sendable {
    @usableFromInline
    let mutex: Mutex<Value>
    @usableFromInline
    let order = Atomic(false)

    @inlinable
    init(_ value: Value) {
        mutex = Mutex(value)
    }

    @inlinable
    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        mutex.withLock { value in
            _ = order.load(ordering: .acquiring)
            defer { order.store(false, ordering: .releasing) }
            return body(&value)
        }
    }
}

extension Lock: Guarding {
    @inlinable
    func guarded<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { withLock(body) }
}
