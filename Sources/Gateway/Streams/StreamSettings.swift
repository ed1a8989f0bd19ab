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
    /// Where a stream is that is not here: the URL that a watcher is sent to with 307 (WHEP §4.2);
    /// nil for nowhere. Asked for each watcher of a name that is not known here.
    public var elsewhere: (@Sendable (_ stream: String) async -> String?)?
    /// The connections of publishers and watchers.
    public var connection: PeerConnection.Configuration

    /// Settings as given; numbers and times out of their range become the nearest in it.
    public init(
        streams: Int = 100, streamsPerClient: Int = 16, watchersPerStream: Int = 1000,
        unconnectedTime: Duration = .seconds(30),
        counterOfferTime: Duration = .seconds(30), gatheringTime: Duration = .milliseconds(500),
        memory: Duration = .seconds(60), elsewhere: (@Sendable (_ stream: String) async -> String?)? = nil,
        connection: PeerConnection.Configuration = .init()
    ) {
        self.streams = min(max(streams, 1), 100_000)
        self.streamsPerClient = min(max(streamsPerClient, 1), 100_000)
        self.watchersPerStream = min(max(watchersPerStream, 1), 100_000)
        self.unconnectedTime = min(max(unconnectedTime, .seconds(1)), .seconds(3600))
        self.counterOfferTime = min(max(counterOfferTime, .seconds(1)), .seconds(3600))
        self.gatheringTime = min(max(gatheringTime, .zero), .seconds(10))
        self.memory = min(max(memory, .zero), .seconds(3600))
        self.elsewhere = elsewhere
        self.connection = connection
    }
}
