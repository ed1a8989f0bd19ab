internal import Signaling
internal import StrictJSON

/// The pages that hear the same events: so many, and each for as long as its answer is there.
struct EventStreams: Sendable {
    /// How many there may be at once, and of one address or user.
    private static let most = 256
    private static let mostOfOne = 16

    private struct Reader: Sendable {
        // Kept by the answer that it is written to, and gone with it.
        weak let stream: EventStream?
        let owner: String
    }

    private var readers: [Int: Reader] = [:]
    private var last = 0

    var isEmpty: Bool { readers.isEmpty }

    /// A stream for one more page.
    mutating func add(for caller: Caller) throws(GatewayFailure) -> EventStream {
        let owner = caller.identity.map { "user " + $0.subject } ?? RequestAccess.limitKey(caller.address)
        readers = readers.filter { $0.value.stream != nil }
        guard readers.count < Self.most else {
            throw .tooMany("full", "There are too many readers of events.", retryAfter: 5)
        }
        guard readers.values.count(where: { $0.owner == owner }) < Self.mostOfOne else {
            throw .tooMany("full", "You read these events \(Self.mostOfOne) times already.", retryAfter: 5)
        }
        let stream = EventStream()
        last += 1
        readers[last] = Reader(stream: stream, owner: owner)
        return stream
    }

    /// Tells all; those who are gone, or do not read, are forgotten.
    mutating func send(_ name: String, _ data: JSONValue) {
        for (id, reader) in readers where reader.stream?.send(name, data) != true { readers[id] = nil }
    }

    /// Ends all.
    mutating func finish() {
        for reader in readers.values { reader.stream?.finish() }
        readers = [:]
    }
}
