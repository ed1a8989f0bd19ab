internal import AsyncQueues
internal import Synchronization

/// A stream of messages to and from the peer. W3C `RTCDataChannel` §6.2.
///
/// Everything here may be called from any thread or task. Sending queues the message and wakes the
/// connection's loop once per burst; receiving is a loop over ``messages``.
public final class DataChannel: Sendable {
    /// The channel's name, as its opener chose it; need not be unique.
    public let label: String
    /// Whether messages arrive in the order in which they were sent.
    public let ordered: Bool
    /// For how many milliseconds a message may be sent again, if that is limited.
    public let maxPacketLifeTime: UInt16?
    /// How often a message may be sent again, if that is limited.
    public let maxRetransmits: UInt16?
    /// The subprotocol's name.
    public let `protocol`: String
    /// Whether both sides made the channel with the same ``id``.
    public let negotiated: Bool
    /// Which channel goes first when several have data.
    public let priority: DataChannelPriority

    let core: Mutex<ChannelCore>
    let port: DataPort
    let states = EventSource<DataChannelState>(.state, .latest, initial: .connecting)
    let lowEvents = EventSource<Void>(.live, .wake)

    init(
        label: String, options: DataChannelOptions, port: DataPort, sendLimit: Int, receiveLimit: Int
    ) {
        self.label = label
        ordered = options.ordered
        maxPacketLifeTime = options.maxPacketLifeTime
        maxRetransmits = options.maxRetransmits
        `protocol` = options.protocol
        negotiated = options.negotiated
        priority = options.priority
        self.port = port
        core = Mutex(ChannelCore(receiveLimit: receiveLimit, sendLimit: sendLimit, unread: port.unread))
        if options.negotiated { core.withLock { $0.id = options.id } }
    }

    deinit {
        // What nobody has read is gone with it.
        if core.withLock({ $0.stopCounting() }) { port.resumeReading() }
    }

    /// The SCTP stream, or nil until it is known: a channel opened in band gets it when the DTLS
    /// roles are settled.
    public var id: UInt16? { core.withLock { $0.id } }

    /// Where the channel is in its life.
    public var readyState: DataChannelState { core.withLock { $0.readyState } }

    /// Bytes of payload that were sent and that the transport has not taken yet. Grows before
    /// `send` returns.
    public var bufferedAmount: Int { core.withLock { $0.outbox.bufferedAmount } }

    /// About how many bytes have arrived here and wait for a reader of ``messages``, with 64 for
    /// each message.
    public var unreadAmount: Int { core.withLock { $0.inbox.byteCount } }

    /// ``bufferedAmountLow`` fires when ``bufferedAmount`` falls to this many bytes; 0 by default.
    /// Negative counts as 0.
    public var bufferedAmountLowThreshold: Int {
        get { core.withLock { $0.outbox.lowThreshold } }
        set { core.withLock { $0.outbox.lowThreshold = max(0, newValue) } }
    }

    /// Why the channel closed, if it was not by agreement.
    public var error: WebRTCError? { core.withLock { $0.error } }

    /// The current state, then each change; ends after `closed`.
    public var stateChanges: EventSequence<DataChannelState> { states.events() }

    /// One event each time ``bufferedAmount`` falls from above the threshold to it or below.
    public var bufferedAmountLow: EventSequence<Void> { lowEvents.events() }

    /// What its names take, in bytes: up to 128 KiB, as the opener likes.
    var nameBytes: Int { label.utf8.count + `protocol`.utf8.count }

    /// How the transport is to deliver what this channel sends.
    var reliability: ChannelReliability {
        ChannelReliability(ordered: ordered, maxPacketLifeTime: maxPacketLifeTime, maxRetransmits: maxRetransmits)
    }
}

/// How a message is delivered, in SCTP's terms.
struct ChannelReliability {
    var ordered: Bool
    var maxPacketLifeTime: UInt16?
    var maxRetransmits: UInt16?

    static let reliable = ChannelReliability(ordered: true, maxPacketLifeTime: nil, maxRetransmits: nil)
}
