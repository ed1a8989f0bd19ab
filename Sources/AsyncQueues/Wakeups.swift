/// Tasks that go on and elements that are let go: made under a lock, carried out once it is
/// released.
public struct Wakeups<Element: Sendable, Failure: Error>: Sendable {
    @usableFromInline
    var readers: [(reader: WaiterQueue<Taken<Element, Failure>>.Continuation, outcome: Result<Element?, Failure>)] = []
    @usableFromInline
    var producers: [WaiterQueue<Void>.Continuation] = []
    /// Held until here, for the last reference to an element runs code of its own.
    @usableFromInline
    var evicted: [Element] = []

    /// Nothing to do.
    @inlinable
    public init() {}

    /// Resumes the tasks. Outside of every lock.
    @inlinable
    public consuming func resume() {
        for (reader, outcome) in readers { reader.resume(returning: Taken(outcome: outcome)) }
        for producer in producers { producer.resume() }
    }
}
