/// Texts on their way out, in the order in which they were typed. Who adds to it waits while it is
/// full.
struct Outbox {
    enum Text: Equatable {
        case all(String)
        /// For one peer, by its name or the beginning of that, or of its id.
        case one(name: String, String)
    }

    /// How many texts wait; a pipe is read no further then.
    static let limit = 256

    private var texts: [Text] = []
    private var bell = Bell()
    /// Nothing more comes.
    private(set) var isFinished = false
    /// What is left is not sent any more.
    private(set) var isGivenUp = false

    /// Texts that are not sent yet; the first of them may be under way.
    var unsent: Int { texts.count }

    var isFull: Bool { texts.count >= Self.limit }

    var first: Text? { texts.first }

    mutating func add(_ text: Text) {
        texts.append(text)
        bell.ring()
    }

    mutating func removeFirst() {
        if !texts.isEmpty { texts.removeFirst() }
        bell.ring()
    }

    mutating func finish() {
        isFinished = true
        bell.ring()
    }

    mutating func giveUp() {
        isGivenUp = true
        bell.ring()
    }

    /// A sequence that ends with the next change.
    mutating func nextChange() -> AsyncStream<Never> { bell.next() }
}
