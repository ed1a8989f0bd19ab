internal import DTLS
internal import DequeModule
internal import JSEP
internal import Logging
internal import NIOCore
internal import NetworkLoop
internal import SCTP
internal import Synchronization

/// The data channels of a connection on its loop: the SCTP association, which channel owns which
/// stream, opening and closing them in band (RFC 8831, RFC 8832).
final class DataSession {
    /// What the connection is told.
    enum Event {
        /// ``sctp`` is another object.
        case transportChanged
        /// The association has another state; ``sctp`` has it already.
        case stateChanged
        /// The peer has ended the association, or what carries it.
        case peerLeft
        case channel(DataChannel)
        /// A channel is over on both sides.
        case finished(DataChannel)
        /// Much has arrived on it, and nobody reads.
        case unread(DataChannel)
    }

    /// Where the association is, and what exists only there.
    private enum Phase {
        /// There is none yet.
        case waiting
        /// It is made, and the peer has not answered yet; it goes on with the channels of one
        /// before, or not.
        case associating(SCTPAssociation, isResuming: Bool)
        case connected(SCTPAssociation)
        /// Between two associations that carry the same channels.
        case suspended
        /// There will be none any more, for this reason.
        case ended(WebRTCError)
    }

    /// What is fixed for the whole connection.
    struct Limits {
        var sendBufferLimit: Int
        var receiveBufferLimit: Int
        var sctp: SCTPConfiguration
        var maxChannels: Int
    }

    let port: DataPort
    let limits: Limits
    let loop: NetworkLoop
    let ticker: SCTPTicker?
    let logger: Logger?
    /// What carries the packets, while there is something.
    var transport: ConnectionTransport?
    /// What the application sees of the association; it is there with the peer's offer already (W3C
    /// §4.4.1.5).
    var sctp: SCTPTransport? {
        didSet { if sctp !== oldValue { onEvent(.transportChanged) } }
    }
    /// Both sides, once the descriptions have agreed on data channels.
    var agreement: (local: DataDescription, remote: DataDescription)?
    /// How long the channels wait for a restart of a path that has failed.
    var restartTimeout: Duration
    /// Runs while the path has failed.
    var failureTimer: LoopTimer?
    /// Runs after the path was lost and came back.
    var patienceTimer: LoopTimer?
    /// Runs while the peer has ended DTLS or SCTP, and may explain it.
    var closeTimer: LoopTimer?
    let onEvent: (Event) -> Void
    /// Whether there is room for a channel that the peer opens; it is refused otherwise.
    let mayAccept: (DataChannel) -> Bool
    private var phase = Phase.waiting
    /// Channels that have a stream.
    var channels: [UInt16: DataChannel] = [:]
    /// In-band channels that wait for the DTLS role, which decides their stream.
    var unassigned: [DataChannel] = []
    var ids = ChannelIDs()
    /// Our part in DTLS, once known.
    private(set) var isDTLSClient: Bool?
    /// Channels that have something to send, in turn.
    var ready: Deque<DataChannel> = []
    /// Channels that are to be opened, confirmed or closed before that.
    var controls: [DataChannel] = []
    /// Streams that we asked to reset, those of them that the peer confirmed, and those that the
    /// peer has reset.
    var outgoingReset: Set<UInt16> = []
    var outgoingConfirmed: Set<UInt16> = []
    var incomingReset: Set<UInt16> = []
    /// How much of the first message of a channel SCTP has taken.
    var partialOffsets: [UInt16: Int] = [:]
    /// Channels whose readers wait, and which have got messages.
    var readable: [DataChannel] = []
    /// Parts of messages that are larger than SCTP hands over at once.
    var assemblies: PartialMessages<Assembly>
    /// The one of them that is going on: parts of messages come in a row (RFC 9260 §6.9).
    var assembling: Assembly?
    /// Parts of messages that an old peer cut itself.
    var fragments: PartialMessages<UInt16>
    /// As SCTP was last told.
    private(set) var window: ReceiveWindow
    /// Whether channels have sent something while the peer is silent.
    var hasHeldCounts = false
    private(set) var peerMaxMessageSize = 65_536
    private(set) var channelsOpened: UInt32 = 0
    private(set) var channelsClosed: UInt32 = 0
    /// What ended the association, if it was SCTP.
    var sctpError: SCTPError?
    /// Why the connection does not get anywhere at the moment; told to those who wait for a channel
    /// to open.
    private var hindrance: WebRTCError?

    struct Assembly: Hashable {
        let stream: UInt16
        let isUnordered: Bool
    }

    init(
        port: DataPort, limits: Limits, restartTimeout: Duration, loop: NetworkLoop, ticker: SCTPTicker?,
        logger: Logger?,
        onEvent: @escaping (Event) -> Void, mayAccept: @escaping (DataChannel) -> Bool
    ) {
        self.port = port
        self.limits = limits
        self.restartTimeout = restartTimeout
        self.loop = loop
        self.ticker = ticker
        self.logger = logger
        self.onEvent = onEvent
        self.mayAccept = mayAccept
        assemblies = PartialMessages(unread: port.unread)
        fragments = PartialMessages(unread: port.unread)
        window = ReceiveWindow(unread: 0, limit: port.unread.limit, largest: limits.sctp.receiveBufferBytes)
    }

    /// The largest message that may be sent: what the peer announced, 0 meaning any.
    var sendLimit: Int { peerMaxMessageSize == 0 ? .max : peerMaxMessageSize }

    // MARK: Phases

    var association: SCTPAssociation? {
        switch phase {
        case .associating(let association, _), .connected(let association): association
        case .waiting, .suspended, .ended: nil
        }
    }

    /// The association, if data can be sent on it.
    var connected: SCTPAssociation? {
        if case .connected(let association) = phase { association } else { nil }
    }

    /// Whether there will be no association any more.
    var isEnded: Bool {
        if case .ended = phase { true } else { false }
    }

    /// Whether channels wait for the next association with what they have.
    var isSuspended: Bool {
        switch phase {
        case .suspended: true
        case .associating(_, let isResuming): isResuming
        case .waiting, .connected, .ended: false
        }
    }

    // MARK: Starting

    /// Makes the association, before DTLS can finish: an INIT that comes early must find its
    /// socket.
    func start(localPort: UInt16, remote: DataDescription, wake: @escaping @Sendable () -> Void)
        throws(WebRTCError)
    {
        setPeerMaxMessageSize(Int(clamping: remote.maxMessageSize))
        let isResuming: Bool
        switch phase {
        case .waiting: isResuming = false
        case .suspended: isResuming = true
        case .associating, .connected, .ended: return
        }
        var configuration = limits.sctp
        configuration.localPort = localPort
        configuration.remotePort = remote.sctpPort
        configuration.probedPacketSizes = SCTPConfiguration.usualPacketSizes.filter { $0 <= remote.maxPacketSize }
        configuration.maxStreams = UInt16(clamping: max(limits.maxChannels, streamsNeeded))
        configuration.addsStreams = remote.addsStreams
        configuration.streams =
            remote.addsStreams
            ? max(min(Self.firstStreams, configuration.maxStreams), UInt16(clamping: streamsNeeded))
            : configuration.maxStreams
        window = ReceiveWindow(unread: 0, limit: port.unread.limit, largest: limits.sctp.receiveBufferBytes)
        configuration.receiveBufferBytes = max(
            window.size, min(configuration.wholeMessageBytes, Self.largestWholeMessages))
        do throws(SCTPError) {
            let association = try SCTPAssociation(
                configuration: configuration, clock: SCTPClock(nanoseconds: port.nanoseconds), wake: wake,
                delegate: self)
            association.setWindow(window.size)
            phase = .associating(association, isResuming: isResuming)
        } catch {
            throw WebRTCError(.sctpFailure, "SCTP cannot start: \(error)")
        }
    }

    /// The peer has said how large a message it takes, in its first description or a later one (W3C
    /// §6.1.1.2).
    private func setPeerMaxMessageSize(_ size: Int) {
        guard size != peerMaxMessageSize else { return }
        peerMaxMessageSize = size
        for channel in channels.values { channel.setMaxMessageSize(sendLimit) }
    }

    /// So much SCTP may keep of a message that has begun, so that it is handed up whole, whatever
    /// the window.
    private static let largestWholeMessages = 16 << 20

    /// With a peer that lets us add some we begin with so many: usrsctp has memory for each from
    /// the start.
    private static let firstStreams: UInt16 = 64

    /// How many streams the channels so far need: those without an id will have every second one.
    private var streamsNeeded: Int {
        max((channels.keys.max().map(Int.init) ?? -1) + 1, 2 * unassigned.count)
    }

    /// The DTLS role is known: channels that waited for their stream get it (W3C §6.1.1.3).
    func settle(isDTLSClient: Bool) {
        guard self.isDTLSClient == nil else { return }
        self.isDTLSClient = isDTLSClient
        let waiting = unassigned
        unassigned = []
        for channel in waiting where channel.readyState != .closed { assign(channel) }
    }

    /// DTLS is up: begin the SCTP handshake, from both ends at once (RFC 8831 §6.1).
    func connect() {
        do throws(SCTPError) {
            try association?.connect()
        } catch {
            fail(WebRTCError(.sctpFailure, "SCTP cannot connect: \(error)"))
        }
        resumeReaders()
    }

    /// Tells SCTP how much more the peer may send, if that has changed with what waits for readers.
    func updateWindow() {
        guard let association else { return }
        var next = neededWindow
        while next != window {
            window = next
            association.setWindow(next.size)
            association.readInterval = next.interval.map { .milliseconds($0) }
            // Readers may have come further meanwhile.
            guard let watched = next.watched, port.unread.watch(watched) else { break }
            next = neededWindow
        }
        // What control needs is let in now and then.
        if window.interval != nil { port.wakeLater() }
    }

    /// What fits to what is unread at the moment. A message that is coming is nobody's to read yet,
    /// and has to come to its end.
    private var neededWindow: ReceiveWindow {
        let coming = assembling.flatMap { assemblies.count(of: $0) } ?? 0
        return ReceiveWindow(
            unread: max(port.unread.bytes - coming, 0), limit: port.unread.limit,
            largest: limits.sctp.receiveBufferBytes)
    }

    /// Counts what was sent while the peer was silent, if it is heard again.
    func countHeld() {
        guard hasHeldCounts, association?.isUnanswered == false else { return }
        hasHeldCounts = false
        for channel in channels.values { channel.core.withLock { $0.countHeld() } }
    }

    // MARK: Channels

    /// Takes a channel that the application made.
    func add(_ channel: DataChannel) throws(WebRTCError) {
        channel.setHindrance(hindrance)
        if case .ended(let error) = phase { return finish(channel, error: error) }
        if channel.negotiated, let id = channel.id {
            guard connected == nil || id < ids.limit else {
                throw WebRTCError(.operation, "createDataChannel: \(beyond(id))")
            }
            guard ids.claim(id) else {
                throw WebRTCError(.operation, "createDataChannel: stream \(id) is in use; choose another id")
            }
            channels[id] = channel
            if connected != nil { open(channel) }
        } else if isDTLSClient == nil {
            unassigned.append(channel)
        } else {
            guard assign(channel) else {
                throw WebRTCError(
                    .operation,
                    "createDataChannel: all \(ids.limit) streams are in use; close a channel first, or set maxChannels")
            }
        }
    }

    @discardableResult
    private func assign(_ channel: DataChannel) -> Bool {
        guard let isDTLSClient, let id = ids.allocate(isDTLSClient: isDTLSClient) else {
            channel.didClose(error: WebRTCError(.operation, "no stream is left for channel '\(channel.label)'"))
            port.remove(channel)
            return false
        }
        channel.assign(id: id)
        channels[id] = channel
        if connected != nil { open(channel) }
        return true
    }

    private func open(_ channel: DataChannel) {
        guard let id = channel.id else { return }
        if id >= ids.limit {
            finish(channel, error: WebRTCError(.operation, beyond(id)))
            return
        }
        channelsOpened += 1
        let opening = channel.negotiated ? nil : channel.openMessage
        channel.didOpen(opening: opening, maxMessageSize: sendLimit, isAcknowledged: channel.negotiated)
    }

    private func beyond(_ id: UInt16) -> String {
        "stream \(id) is beyond the \(ids.limit) of this connection; set maxChannels on both sides"
    }

    /// The channel is over on both sides, or will never be.
    func finish(_ channel: DataChannel, error: WebRTCError? = nil, by closer: ChannelCloser? = nil) {
        if let id = channel.id, channels[id] === channel { release(id) }
        unassigned.removeAll { $0 === channel }
        if channel.didClose(error: error, by: closer) { channelsClosed += 1 }
        port.remove(channel)
        onEvent(.finished(channel))
    }

    /// The stream is free for another channel; nothing is left of the one before.
    private func release(_ id: UInt16) {
        channels[id] = nil
        ids.release(id)
        outgoingReset.remove(id)
        outgoingConfirmed.remove(id)
        incomingReset.remove(id)
        partialOffsets[id] = nil
        _ = fragments.take(id)
        for isUnordered in [false, true] { drop(Assembly(stream: id, isUnordered: isUnordered)) }
    }

    // MARK: Ending

    /// The association or what carries it is gone: every channel closes, with the error if there is
    /// one; without one it was the peer.
    func fail(_ error: WebRTCError?) {
        cancelTimers()
        let reason = WebRTCError(.network, "the peer has closed the connection; make a new one")
        leave(to: .ended(error ?? reason), error)
        for channel in Array(channels.values) + unassigned { finish(channel, error: error, by: .connectionOfPeer) }
    }

    /// The association is over, and another one may follow: channels that were open close with the
    /// error, those that wait to be opened go on waiting.
    func restart(_ error: WebRTCError) {
        cancelTimers()
        sctpError = nil
        leave(to: .waiting, error)
        isDTLSClient = nil
        ids.limit = 65535
        for (id, channel) in channels.sorted(by: { $0.key < $1.key }) {
            guard channel.readyState == .connecting else {
                finish(channel, error: error)
                continue
            }
            guard !channel.negotiated else { continue }
            release(id)
            channel.assign(id: nil)
            unassigned.append(channel)
        }
    }

    /// The association is over, and another one on another path follows with the channels as they
    /// are. What SCTP has taken and not delivered is lost, but a message that it has taken in part
    /// is sent again.
    func suspend() {
        guard let association else { return }
        phase = .suspended
        association.close()
        dropParts()
        for (id, count) in partialOffsets { channels[id]?.core.withLock { $0.outbox.restore(count) } }
        partialOffsets = [:]
        // There is nobody left to answer a reset.
        for id in outgoingReset.union(incomingReset) { channels[id].map { finish($0) } }
    }

    /// What has come in part will not be completed.
    private func dropParts() {
        assembling = nil
        assemblies.removeAll()
        fragments.removeAll()
    }

    private func leave(to next: Phase, _ error: WebRTCError?) {
        let wasOpen = association != nil || isSuspended
        let before = association
        phase = next
        before?.close()
        dropParts()
        // Whoever hears of a channel's end finds the transport's.
        if wasOpen { show(.closed, error) }
    }

    /// Tells those who wait for a channel to open that it will not, as things are; nil when there
    /// is hope again.
    func setHindrance(_ error: WebRTCError?) {
        guard hindrance != error else { return }
        hindrance = error
        for channel in Array(channels.values) + unassigned { channel.setHindrance(error) }
    }

    /// The connection closes; its channels have been told. The peer hears of it from DTLS, at once
    /// with its transport's end.
    func close() {
        cancelTimers()
        sctp?.update(state: .closed)
        transport = nil
        association?.close()
        phase = .ended(.closed("send"))
        channels = [:]
        unassigned = []
        ready = []
        controls = []
        readable = []
        dropParts()
    }

    func didConnect(streams: UInt16) {
        guard let association else { return }
        phase = .connected(association)
        // It goes on with the peer: there is nothing left to explain.
        closeTimer?.cancel()
        ids.limit = min(65535, streams)
        show(.connected)
        for channel in channels.values.sorted(by: { ($0.id ?? 0) < ($1.id ?? 0) }) {
            if channel.readyState == .connecting { open(channel) } else { ready.append(channel) }
        }
        if !ready.isEmpty { port.wake() }
    }

    func countOpened() {
        channelsOpened += 1
    }
}
