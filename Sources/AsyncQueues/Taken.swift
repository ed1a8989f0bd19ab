/// What a reader has taken from a queue.
public struct Taken<Element: Sendable, Failure: Error>: Sendable {
    /// An element, nil at the end or when the reader's task is cancelled, or the error at the end.
    public var outcome: Result<Element?, Failure>
    /// Producers that this has made room for; the reader resumes them.
    @usableFromInline
    var producers: [WaiterQueue<Void>.Continuation] = []
    /// Whether a full queue has been read half empty by this.
    public var hasRoomAgain = false

    /// What a reader gets, and whether a full queue has been read half empty by it.
    @inlinable
    public init(outcome: Result<Element?, Failure>, hasRoomAgain: Bool = false) {
        self.outcome = outcome
        self.hasRoomAgain = hasRoomAgain
    }

    /// What a reader gets whose task is cancelled.
    @inlinable
    public static var nothing: Taken { Taken(outcome: .success(nil)) }

    /// Lets the producers go on that wait for room. Outside of the lock.
    @inlinable
    public func resumeProducers() {
        for producer in producers { producer.resume() }
    }
}
