/// What a reader has taken from a queue.
package struct Taken<Element: Sendable, Failure: Error>: Sendable {
    /// An element, nil at the end or when the reader's task is cancelled, or the error at the end.
    package var outcome: Result<Element?, Failure>
    /// Producers that this has made room for; the reader resumes them.
    var producers: [WaiterQueue<Void>.Continuation] = []
    /// Whether a full queue has been read half empty by this.
    package var hasRoomAgain = false

    /// What a reader gets, and whether a full queue has been read half empty by it.
    package init(outcome: Result<Element?, Failure>, hasRoomAgain: Bool = false) {
        self.outcome = outcome
        self.hasRoomAgain = hasRoomAgain
    }

    /// What a reader gets whose task is cancelled.
    package static var nothing: Taken { Taken(outcome: .success(nil)) }

    /// Lets the producers go on that wait for room. Outside of the lock.
    package func resumeProducers() {
        for producer in producers { producer.resume() }
    }
}

/// Tasks that go on and elements that are let go: made under a lock, carried out once it is released.
package struct Wakeups<Element: Sendable, Failure: Error>: Sendable {
    var readers: [(reader: WaiterQueue<Taken<Element, Failure>>.Continuation, outcome: Result<Element?, Failure>)] = []
    var producers: [WaiterQueue<Void>.Continuation] = []
    /// Held until here, for the last reference to an element runs code of its own.
    var evicted: [Element] = []

    /// Nothing to do.
    package init() {}

    /// Resumes the tasks. Outside of every lock.
    package consuming func resume() {
        for (reader, outcome) in readers { reader.resume(returning: Taken(outcome: outcome)) }
        for producer in producers { producer.resume() }
    }
}
