internal import AsyncQueues
internal import Foundation
internal import JSEP
internal import Signaling
internal import Streaming
internal import WebRTC

extension StreamService {
    /// A stream, from the first word of who brings it until it is forgotten.
    struct Stream: Sendable {
        /// What brings it: a publisher by WHIP where nothing else is said.
        enum Origin: Sendable {
            /// Whoever publishes it.
            case publisher
            /// A source that was asked for.
            case source(SourceRun)
            /// A program of its own that has its peers' connections, too.
            case process(StreamerProcess)
        }

        let streamer: Streamer
        let origin: Origin
        let owner: StreamOwner
        /// What it was asked to be like; nil where nobody has asked.
        let wanted: StreamerRequest?
        /// Another one may take the place of one that is silent.
        var publisher: StreamSession?
        /// Ends the stream: with the reason where it has failed.
        let end = AsyncQueue<StreamEnd?, Never>(.init(count: 1, overflow: .refuse))
        /// Why nothing comes, where something has come and may come again.
        var silence: String?
        var watchers: [String: StreamSession] = [:]
        /// The sockets of the peers of a program of its own, by their names.
        var sockets: [String: TextSocket] = [:]
        var recording: StreamRecording?
        let created = Date()
        /// That it is not as it was; how it is has to be asked for.
        let news = EventSource<Void>(.live, .init(count: 1, overflow: .dropOldest))
        /// Whether there is nothing to come any more.
        var isOver = false
        /// Counts the streams of one name: a task of an older one changes nothing.
        let number: Int
    }
}

extension StreamService.Stream {
    /// The codec of what it carries now, such as `video/H264`; nil before its first packet.
    func codec(of kind: MediaKind) -> String? { kind == .video ? streamer.video.codec : streamer.audio.codec }

    /// What it carries.
    var kinds: Set<MediaKind> {
        var kinds: Set<MediaKind> = []
        if streamer.video.source != nil { kinds.insert(.video) }
        if streamer.audio.source != nil { kinds.insert(.audio) }
        return kinds
    }

    var peerCount: Int { watchers.count + sockets.count }

    var process: StreamerProcess? {
        if case .process(let process) = origin { process } else { nil }
    }

    /// Waits until what feeds it has ended, which it does when it is told to.
    ///
    /// - Parameter limit: how long it is waited for.
    func sourceIsOver(within limit: Duration) async {
        if case .source(let run) = origin { await run.over(within: limit) }
    }

    /// How it stands.
    func status() async -> StreamStatus {
        if let process { return await process.status }
        return switch await streamer.state {
        case .starting: StreamStatus(.starting)
        case .live: silence.map { StreamStatus(.failed, $0) } ?? StreamStatus(.live)
        case .stopped: StreamStatus(.stopped)
        case .failed(let reason): StreamStatus(.failed, reason)
        }
    }
}

/// How a stream stands, and why if it has failed.
struct StreamStatus: Sendable, Equatable {
    enum Word: String, Sendable { case starting, live, failed, stopped }

    let word: Word
    let reason: String?

    init(_ word: Word, _ reason: String? = nil) { (self.word, self.reason) = (word, reason) }
}

/// Why a publisher's stream has failed.
struct StreamEnd: Error, CustomStringConvertible {
    let description: String
}
