/// How often a recording may go on in another file because of what comes, such as another codec: a
/// peer can make it come as often as it likes. What the user's limits ask for is not counted.
struct FileChanges: Sendable {
    /// From one to the next. The first may come at any time: it is that of a track that is late.
    static let distance: Duration = .seconds(2)
    /// In one recording.
    static let maximumCount = 256
    private var count = 0
    private var last: Duration?

    /// Whether there may be no more of them.
    var isExhausted: Bool { count >= Self.maximumCount }

    /// Whether another file may begin now.
    func allows(at now: Duration) -> Bool {
        !isExhausted && last.map { now - $0 >= Self.distance } ?? true
    }

    /// Another file has begun.
    mutating func note(at now: Duration) {
        count += 1
        last = now
    }
}
