/// How the data channels' association uses the path, for those who know theirs. The defaults are
/// for any: from the same host to 500 Mbit/s over 100 ms, with and without losses
/// (`Docs/LongLinks.md`). A value out of its range is a `RangeError` when the connection is made.
public struct SCTPSettings: Sendable, Equatable {
    /// How it is decided how much may be under way.
    public enum CongestionControl: String, Sendable, Hashable, Codable, CaseIterable {
        /// As much as makes a short queue stand in the path: round trips are measured, and losses
        /// count where sending less avoids them. Beside flows that fill the queue, as TCP's do, it
        /// shares with them as CUBIC does (RFC 9438). Over a path that loses packets by itself it
        /// is many times as fast as the others.
        case delay
        /// RFC 9260 §7.2: each loss halves. For networks that want every flow to behave like that.
        case standard
        /// Like the standard, with the smaller cuts of RFC 3649 where much is under way.
        case highSpeed
    }

    /// How it is decided how much may be under way.
    public var congestionControl: CongestionControl
    /// Bytes that wait to be sent or acknowledged, 64 KiB to 256 MiB; memory is taken only as used.
    /// It bounds what is under way: for a path of R bit/s and a round trip of T s, R × T ÷ 8 and a
    /// quarter more.
    public var sendBuffer: Int
    /// Bytes that the peer may have under way to us and that wait for a reader, 64 KiB to 256 MiB;
    /// taken only as used.
    public var receiveBuffer: Int
    /// Packets that may be under way at the beginning, 1 to 64. RFC 6928 has 10.
    public var initialWindow: Int
    /// Packets that may leave at once, 4 to 4096: after a pause, or when much was acknowledged
    /// together. Smaller is kinder to short queues on the path.
    public var maximumBurst: Int
    /// How long a packet waits for a second one before it is acknowledged, 1 to 500 ms (RFC 9260
    /// §6.2).
    public var acknowledgementDelay: Duration
    /// The least and the most that SCTP waits for an acknowledgement before it sends again, 50 ms
    /// to 60 s. Less than the round trip and the peer's delay of acknowledgements, which may be 200
    /// ms, sends twice what has arrived.
    public var retransmissionTimeout: ClosedRange<Duration>

    /// The defaults.
    public init(
        congestionControl: CongestionControl = .delay,
        sendBuffer: Int = 8 << 20,
        receiveBuffer: Int = 8 << 20,
        initialWindow: Int = 10,
        maximumBurst: Int = 512,
        acknowledgementDelay: Duration = .milliseconds(20),
        retransmissionTimeout: ClosedRange<Duration> = .milliseconds(250) ... .seconds(2)
    ) {
        self.congestionControl = congestionControl
        self.sendBuffer = sendBuffer
        self.receiveBuffer = receiveBuffer
        self.initialWindow = initialWindow
        self.maximumBurst = maximumBurst
        self.acknowledgementDelay = acknowledgementDelay
        self.retransmissionTimeout = retransmissionTimeout
    }
}
