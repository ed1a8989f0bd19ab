internal import AsyncQueues
internal import Synchronization

/// Tracks that belong together, such as a person's voice and picture. W3C `MediaStream`.
public final class MediaStream: Sendable {
    /// A track of the peer's has joined or left. W3C `addtrack` and `removetrack`.
    public enum Change: Sendable {
        case added(MediaStreamTrack)
        case removed(MediaStreamTrack)
    }

    /// Names the stream, at both ends.
    public let id: String
    private let list: Mutex<[MediaStreamTrack]>
    private let source = EventSource<Change>(.kept, .trackChanges)

    /// Makes a stream.
    ///
    /// - Parameters:
    ///   - tracks: those that belong to it.
    ///   - id: its name, 1 to 64 letters, digits and other characters of a token (RFC 8830 §2); random if there is none, or
    ///     if it cannot be written in a description.
    public init(_ tracks: [MediaStreamTrack] = [], id: String? = nil) {
        self.id = id.flatMap { Self.isToken($0) ? $0 : nil } ?? RandomID.make()
        list = Mutex(tracks)
    }

    /// A stream of the peer's, under the name that the peer gives it.
    init(remote id: String) {
        self.id = id
        list = Mutex([])
    }

    /// The tracks, in the order in which they joined.
    public var tracks: [MediaStreamTrack] { list.withLock { $0 } }
    /// The peer's tracks that join and leave. The first subscription gets all from the start.
    public var changes: EventSequence<Change> { source.events() }

    func add(_ track: MediaStreamTrack) {
        let isNew = list.withLock { list in
            guard !list.contains(where: { $0 === track }) else { return false }
            list.append(track)
            return true
        }
        if isNew { source.send(.added(track)) }
    }

    func remove(_ track: MediaStreamTrack) {
        let wasThere = list.withLock { list in
            guard let index = list.firstIndex(where: { $0 === track }) else { return false }
            list.remove(at: index)
            return true
        }
        if wasThere { source.send(.removed(track)) }
    }

    /// RFC 8866 §9: token-char is any visible character of ASCII but separators.
    static func isToken(_ text: String) -> Bool {
        let separators = Set("\"(),/:;<=>?@[\\]".utf8)
        return (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !separators.contains($0) }
    }
}
