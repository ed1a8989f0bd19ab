internal import AsyncQueues
internal import JSEP
internal import Synchronization

/// Tracks that belong together, such as a person's voice and picture. W3C `MediaStream`.
public final class MediaStream: Sendable {
    /// A track of the peer's has joined or left. W3C `addtrack` and `removetrack`.
    public enum Change: Sendable {
        /// The track belongs to the stream from here on.
        case added(MediaStreamTrack)
        /// It does not any more.
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
    ///   - id: its name, 1 to 64 letters, digits and other characters of a token (RFC 8830 §2);
    ///     random if there is none, or if it cannot be written in a description.
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
    /// The peer's tracks that join and leave, until the last has left or the connection is closed:
    /// tracks that come later under the same name have another object. The first subscription gets
    /// the last 1,024 from the start. Of a stream that the application made there are none.
    public var changes: EventSequence<Change> { source.events() }

    /// Takes a track in or out. What has changed is to be told with ``tell(_:)``, once all of a
    /// description is in force.
    func set(_ track: MediaStreamTrack, isMember: Bool) -> Change? {
        list.withLock { list in
            let index = list.firstIndex { $0 === track }
            if isMember, index == nil {
                list.append(track)
                return .added(track)
            }
            if !isMember, let index {
                list.remove(at: index)
                return .removed(track)
            }
            return nil
        }
    }

    func tell(_ change: Change) { source.send(change) }

    /// Nothing more changes.
    func finish() { source.finish() }

    /// RFC 8866 §9: token-char is any visible character of ASCII but separators.
    static func isToken(_ text: String) -> Bool {
        let separators = Set("\"(),/:;<=>?@[\\]".utf8)
        return (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !separators.contains($0) }
    }
}
