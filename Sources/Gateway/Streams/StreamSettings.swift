public import Foundation
public import MediaIO
public import WebRTC

/// Limits and times of streams, their publishers and their watchers.
public struct StreamSettings: Sendable {
    /// How many streams there may be, 1 to 100,000. Default 100.
    public var streams: Int
    /// How many of them one user publishes, or one address without a token, 1 to 100,000. Default
    /// 16.
    public var streamsPerClient: Int
    /// How many watch one of them, 1 to 100,000; more are refused with 503. Default 1,000.
    public var watchersPerStream: Int
    /// How long a publisher or a watcher may take until it is connected, 1 s to an hour; then its
    /// session is over. Default 30 s.
    public var unconnectedTime: Duration
    /// How long a watcher has to answer a counter-offer. Default 30 s.
    public var counterOfferTime: Duration
    /// How long gathering candidates may hold an answer back. Default 500 ms.
    public var gatheringTime: Duration
    /// How long a stream that is over can be asked about. Default a minute.
    public var memory: Duration
    /// How long a source may take to its first packet, 1 s to an hour; then it is given up. Default
    /// 10 s.
    public var sourceTime: Duration
    /// Sources that can be asked for by `POST /api/streamers` beside those that there always are,
    /// by the names of their kinds. A kind of one of these names is taken from here, but for
    /// `program`.
    public var sources: [String: SourceFactory]
    /// Programs that can be asked for, by their names (the source `program`).
    public var programs: [String: StreamProgram]
    /// When a program that has ended is begun again.
    public var restarts: RestartPolicy
    /// The folder whose films can be asked for (the source `file`); nil, the default, is none.
    public var files: URL?
    /// The folder that streams are recorded to; nil, the default, is without recording.
    public var recordings: URL?
    /// How many bytes recordings may take in all: no other one is begun then, and those that are
    /// written end. Default 10 GiB.
    public var recordingSpace: Int
    /// Whether the source `rtp` may listen at other addresses than loopback's. Default false.
    public var listensForRTP: Bool
    /// How many test pictures there may be at once, 0 to 1000. Default 4.
    public var testPictures: Int
    /// How many watch at once of one user, or of one address without a token, 1 to 100,000. Default
    /// 256.
    public var watchersPerClient: Int
    /// ffmpeg, which makes test pictures (the source `test`): a path, or a name that `PATH` has;
    /// nil is without.
    public var ffmpeg: String?
    /// Where a stream is that is not here: the URL that a watcher is sent to with 307 (WHEP §4.2);
    /// nil for nowhere. Asked for each watcher of a name that is not known here.
    public var elsewhere: (@Sendable (_ stream: String) async -> String?)?
    /// The connections of publishers and watchers.
    public var connection: PeerConnection.Configuration

    /// Makes the source that a request asks for; called for each one.
    ///
    /// It throws ``SourceRefusal`` for settings that cannot be (422), and anything else for what
    /// does not work (502); its description is told to who asks and who watches.
    public typealias SourceFactory = @Sendable (StreamerRequest) async throws -> HostedSource

    /// Settings as given; numbers and times out of their range become the nearest in it.
    public init(
        streams: Int = 100, streamsPerClient: Int = 16, watchersPerStream: Int = 1000,
        unconnectedTime: Duration = .seconds(30),
        counterOfferTime: Duration = .seconds(30), gatheringTime: Duration = .milliseconds(500),
        memory: Duration = .seconds(60), sourceTime: Duration = .seconds(10), sources: [String: SourceFactory] = [:],
        programs: [String: StreamProgram] = [:], restarts: RestartPolicy = RestartPolicy(), files: URL? = nil,
        recordings: URL? = nil, recordingSpace: Int = 10 << 30, listensForRTP: Bool = false, testPictures: Int = 4,
        watchersPerClient: Int = 256, ffmpeg: String? = "ffmpeg",
        elsewhere: (@Sendable (_ stream: String) async -> String?)? = nil,
        connection: PeerConnection.Configuration = .init()
    ) {
        self.streams = min(max(streams, 1), 100_000)
        self.streamsPerClient = min(max(streamsPerClient, 1), 100_000)
        self.watchersPerStream = min(max(watchersPerStream, 1), 100_000)
        self.unconnectedTime = min(max(unconnectedTime, .seconds(1)), .seconds(3600))
        self.counterOfferTime = min(max(counterOfferTime, .seconds(1)), .seconds(3600))
        self.gatheringTime = min(max(gatheringTime, .zero), .seconds(10))
        self.memory = min(max(memory, .zero), .seconds(3600))
        self.sourceTime = min(max(sourceTime, .seconds(1)), .seconds(3600))
        self.sources = sources
        self.programs = programs
        self.restarts = restarts
        self.files = files
        self.recordings = recordings
        self.recordingSpace = max(0, recordingSpace)
        self.listensForRTP = listensForRTP
        self.testPictures = min(max(testPictures, 0), 1000)
        self.watchersPerClient = min(max(watchersPerClient, 1), 100_000)
        self.ffmpeg = ffmpeg
        self.elsewhere = elsewhere
        self.connection = connection
    }
}
