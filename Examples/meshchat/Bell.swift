/// Wakes those who wait for something to change. A value of the actor whose state it is about.
struct Bell {
    private var waiting: [AsyncStream<Never>.Continuation] = []

    /// Wakes all who wait.
    mutating func ring() {
        let awake = waiting
        waiting = []
        for continuation in awake { continuation.finish() }
    }

    /// A sequence that ends with the next ring.
    mutating func next() -> AsyncStream<Never> {
        let (stream, end) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingOldest(1))
        waiting.append(end)
        return stream
    }
}
