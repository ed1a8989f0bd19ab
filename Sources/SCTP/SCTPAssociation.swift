/// One SCTP association over DTLS (RFC 8831, RFC 8261): packets in, packets out, messages in,
/// messages out.
///
/// Not Sendable: it belongs to one thread at a time, and all its methods and its delegate's run
/// there. Only `wake` comes from elsewhere. Every method may be called from the delegate; what must
/// wait until usrsctp has returned waits.
package final class SCTPAssociation {
    /// What it was made with.
    package let configuration: SCTPConfiguration

    /// Who hears of it. Weak; cleared when the association has closed.
    package weak var delegate: (any SCTPAssociationDelegate)?

    private(set) var phase = Phase.new

    /// Where an association stands, with what exists only then.
    enum Phase {
        /// ``connect()`` has not been called; packets wait in the inbox.
        case new
        /// usrsctp's handshake is under way. With the Number of Inbound Streams in the peer's INIT
        /// or INIT ACK (RFC 9260 §3.3.2), once that has come.
        case connecting(peerInboundStreams: UInt16)
        /// Data can flow: to the peer until it has sent SHUTDOWN (RFC 9260 §9.2).
        case connected(Streams, hasPeerShutDown: Bool)
        /// Over, but for a call into usrsctp on whose return its socket is freed.
        case closing
        /// Over.
        case closed
    }

    /// While it is set, at most 16 KiB of messages, and what completes the last of them, are taken
    /// out of usrsctp once in that time. A window that is small (``setWindow(_:)``) then opens
    /// again by that much, and lets in what control needs. After a chunk of the peer that resets
    /// streams or ends the association the next time comes sooner: after a 32nd of that, a second
    /// at the most. An owner that wants it in time calls ``process()`` a few times a second.
    package var readInterval: Duration? {
        didSet {
            if oldValue == nil { sparinglyRead = .max / 2 }
            if oldValue != nil, readInterval == nil { process() }
        }
    }

    /// Whether it waits for acknowledgements for as long as anybody would, and not about 50
    /// seconds. Only what is below can say whether a path that carries nothing is lost.
    package var isPatient = false {
        didSet { if isPatient != oldValue { native.setPatience(isPatient) } }
    }

    /// How long what was sent again needs at most to be acknowledged once the path is back: the
    /// longest timeout there may be.
    package static let recoveryTime = Duration.seconds(60)

    /// When ``readInterval`` last let something be read, by the ticks, and how much of that has
    /// been.
    var lastSparingRead = Duration.zero
    var sparinglyRead = 0
    /// A control chunk has come that its owner has to hear of.
    var hasControl = false

    /// How usrsctp's association has ended while what it has left is still to be read, in any case
    /// and with it why.
    var ending: Ending?

    enum Ending {
        /// By the peer, or with it.
        case byPeer
        /// By an ABORT that usrsctp has sent for us; `byTimer`: one of its timers did.
        case byUs(SCTPPacket.Abort, byTimer: Bool)
    }

    /// Packets that arrive before `connect()`, or from within usrsctp's own call, wait here.
    static let inboxCapacity = 64

    let clock: SCTPClock
    let native: NativeSocket
    let mailbox: Mailbox
    var counters = SCTPStatistics()
    var inbox: [[UInt8]] = []

    // What a call of ours is doing, in any phase; calls nest.
    var isReading = false
    var isSettling = false
    /// Something was asked for while usrsctp could not be called.
    var hasDeferred = false

    var roundTrips = RoundTripMeter()
    /// Since when, by the ticks, DATA is under way and nothing has come from the peer.
    var unansweredSince: Duration?

    // Receiving.
    var pace = AcknowledgementPace()
    /// When the last HEARTBEAT was asked for, by the ticks.
    var lastHeartbeat = Duration.zero
    /// Five timeouts at most, of the eleven that would end the association.
    static let heartbeatInterval = Duration.seconds(5)
    /// Bytes so far of the messages that come in parts, by stream and kind.
    var partial: [SCTPMessageKey: Int] = [:]

    // Sending.
    /// The stream whose message has been queued in part: RFC 9260 §6.9 lets nothing else come
    /// between.
    package internal(set) var openStream: UInt16?
    /// Something was refused, and the owner wants to hear of room.
    var wantsWritable = false
    /// Something has come since then that may have made room. usrsctp calls itself writable with
    /// one free byte, which is no reason to try a whole message again.
    var mayHaveRoom = false
    var ledger = SendLedger()
    /// What ``setWindow(_:)`` has asked for, and what usrsctp keeps.
    private var windowAsked: Int
    private var window: Int
    /// In bytes, as the peer has said last.
    var peerWindow = UInt32.max
    var congestion: CongestionState
    var heldAcknowledgement = HeldAcknowledgement()

    var pathMTU: PathMTU
    /// What our packets begin with, without a checksum; empty before the peer's verification tag is
    /// known.
    var commonHeader: [UInt8] = []

    // Resetting, which may be asked for before there are streams.
    var pendingResets: [UInt16] = []
    var resetAttempts: [UInt16: Int] = [:]
    /// Those that usrsctp has been asked to reset.
    var resetsUnderWay: Set<UInt16> = []
    var resetGate = ResetGate()
    var arrivals = ArrivalGuard()
    var resetsWaitSince: Duration?

    /// Makes an association that is ready for packets.
    ///
    /// - Parameters:
    ///   - clock: what round trips are measured with.
    ///   - wake: called on any thread when ``process()`` should be called on the owner's. It must
    ///     not call into this module.
    ///   - delegate: held weakly.
    package init(
        configuration: SCTPConfiguration = .init(), clock: SCTPClock = .monotonic, wake: @escaping @Sendable () -> Void,
        delegate: (any SCTPAssociationDelegate)? = nil
    ) throws(SCTPError) {
        try configuration.validate()
        self.configuration = configuration
        self.clock = clock
        windowAsked = configuration.receiveBufferBytes
        window = configuration.receiveBufferBytes
        congestion = CongestionState(
            control: DelayControl(initialWindow: configuration.initialWindow, unit: configuration.maxPacketSize))
        self.delegate = delegate
        pathMTU = PathMTU(base: configuration.maxPacketSize)
        let registry = NativeStack.shared.registry
        mailbox = registry.register(wake: wake)
        do throws(SCTPError) {
            native = try NativeSocket(id: mailbox.id, configuration: configuration)
        } catch {
            registry.remove(mailbox.id)
            throw error
        }
    }

    deinit {
        NativeStack.shared.registry.remove(mailbox.id)
        mailbox.close()
        native.close()
    }

    /// Starts the association. Both ends call it: their INITs cross and make one association (RFC
    /// 9260 §5.2.1). Calling it again does nothing.
    package func connect() throws(SCTPError) {
        guard state != .closed else { throw SCTPError(.closed, "connect() on a closed association") }
        guard case .new = phase else { return }
        change(to: .connecting(peerInboundStreams: 0))
        guard state == .connecting else { return }
        let code = native.connect(sink: self)
        // The handshake is under way; its end is a notification.
        guard code == 0 || code == NativeSocket.inProgress else {
            let error = SCTPError(.setupFailed, "usrsctp cannot start the association", cause: Int(code))
            finish(error: nil, isReported: false)
            throw error
        }
        settle()
    }

    /// Does what came up on another thread, and what has waited for the end of the loop's turn:
    /// sends what the timers produced, and reads. Call it after `wake`.
    package func process() {
        guard !native.isInside else { return }
        releaseAcknowledgement()
        settle()
    }

    /// Reads what has arrived. Call it after the last of the packets that came together.
    package func processArrivals() {
        guard !native.isInside else { return }
        settle()
    }

    /// Ends the association at once: the peer gets an ABORT with "User-Initiated Abort", given to
    /// the delegate from inside this call (unless `close()` is called from `didProduce`; then none
    /// is sent). After it nothing is called. Calling it again does nothing.
    package func close() {
        guard state != .closed else { return }
        finish(error: nil, isReported: false)
    }

    /// Whether DATA was sent and then nothing has come from the peer for a second: more than any
    /// answer takes.
    package var isUnanswered: Bool {
        unansweredSince.map { NativeStack.shared.elapsed - $0 >= .seconds(1) } ?? false
    }

    /// Measures the round trip anew, unless that was done within the last second: the next
    /// ``statistics`` have it.
    package func measureRoundTrip() {
        guard state == .connected, let probe = roundTrips.probe(header: commonHeader, at: clock.now) else {
            return
        }
        counters.packetsSent &+= 1
        delegate?.sctpAssociation(self, didProduce: NativeSocket.withChecksum(probe).span)
    }

    /// The numbers of this moment.
    package var statistics: SCTPStatistics {
        var numbers = counters
        numbers.roundTrip = roundTrips.roundTrip
        if !native.isInside {
            native.addStatus(to: &numbers)
        }
        return numbers
    }

    /// Bytes taken by `send` that the peer has not acknowledged yet.
    package var bufferedBytes: Int {
        state == .connected && !native.isInside ? native.queuedBytes : 0
    }

    /// Where it stands.
    package var state: SCTPState {
        switch phase {
        case .new: .new
        case .connecting: .connecting
        case .connected: .connected
        case .closing, .closed: .closed
        }
    }

    /// Whether the peer takes no more data.
    var hasPeerShutDown: Bool {
        if case .connected(_, let hasPeerShutDown) = phase { hasPeerShutDown } else { false }
    }

    /// The streams that there are; none unless connected.
    var streams: Streams {
        get { if case .connected(let streams, _) = phase { streams } else { Streams() } }
        set {
            if case .connected(_, let hasPeerShutDown) = phase {
                phase = .connected(newValue, hasPeerShutDown: hasPeerShutDown)
            }
        }
    }

    /// The peer has sent SHUTDOWN.
    func notePeerShutdown() {
        if case .connected(let streams, _) = phase { phase = .connected(streams, hasPeerShutDown: true) }
    }

    /// INIT or INIT ACK has said how many streams the peer takes.
    func noteInboundStreams(_ count: UInt16) {
        if case .connecting = phase { phase = .connecting(peerInboundStreams: count) }
    }

    /// Goes on to another state and says so.
    func change(to phase: Phase) {
        self.phase = phase
        delegate?.sctpAssociation(self, didChange: state, error: nil)
    }

    /// Ends it; `isReported` tells the delegate.
    func finish(error: SCTPError?, isReported: Bool) {
        guard state != .closed else { return }
        phase = native.isInside ? .closing : .closed
        inbox = []
        partial = [:]
        pendingResets = []
        NativeStack.shared.registry.remove(mailbox.id)
        mailbox.close()
        if native.isInside {
            hasDeferred = true
        } else {
            native.close(sink: self)
        }
        let listener = delegate
        delegate = nil
        if isReported {
            listener?.sctpAssociation(self, didChange: .closed, error: error)
        }
    }

    /// How many bytes usrsctp keeps for us, and so how much the peer may send before we read: at
    /// most what the association was made with. Where that is less than the longest message takes,
    /// it may be 34 KiB, and the double of what cannot be handed over yet.
    package func setWindow(_ bytes: Int) {
        windowAsked = bytes
        fitWindow()
    }

    /// Whether the window is smaller than messages are long, so that it has to be fitted to what
    /// comes.
    var isWindowSmall: Bool { windowAsked < min(configuration.wholeMessageBytes, configuration.receiveBufferBytes) }

    /// What is kept of a message that has begun does not count, or the window would shut for what
    /// completes it.
    ///
    /// And usrsctp hands a message up in parts once it has half of what it keeps. An unordered one
    /// that its sender gives up then (RFC 3758) stays at the head of what is to be read for ever,
    /// and nothing behind it comes. So it never has half, with the next packet neither.
    func fitWindow() {
        guard state != .closed, !native.isInside else { return }
        var size = windowAsked
        if isWindowSmall {
            size = max(size + native.incompleteBytes, 2 * (arrivals.unfinishedBytes + Self.largestPacket))
        }
        size = min(size, configuration.receiveBufferBytes)
        guard size != window else { return }
        window = size
        native.setReceiveBuffer(size)
    }

    /// What a DTLS record brings at most, in bytes (RFC 6347 §4.1).
    private static let largestPacket = 17 << 10

    /// Does all that is due, until nothing is: called at the end of each method, and only once at a
    /// time.
    func settle() {
        guard !isSettling, !native.isInside else { return }
        isSettling = true
        defer { isSettling = false }
        hasDeferred = false
        repeat {
            hasDeferred = false
            forwardMailbox()
            replayInbox()
            drain()
            releaseReset()
            startResets()
            addStreams()
            if wantsWritable, mayHaveRoom, state == .connected, native.readiness.writable {
                mayHaveRoom = false
                wantsWritable = false
                delegate?.sctpAssociationIsWritable(self)
            }
        } while hasDeferred && state != .closed
        if case .closing = phase {
            phase = .closed
            native.close()
        }
    }

    private func forwardMailbox() {
        guard state != .closed, mailbox.hasSignal else { return }
        // A timer has passed: it may have given up messages, or reports for usrsctp that there is
        // room.
        mayHaveRoom = true
        for packet in mailbox.take() {
            guard state != .closed else { return }
            send(packet.span, byTimer: true)
        }
    }
}

extension SCTPAssociation: PacketSink {
    func produced(_ packet: Span<UInt8>) {
        send(packet, byTimer: false)
    }

    private func send(_ packet: Span<UInt8>, byTimer: Bool) {
        observeSent(packet, byTimer: byTimer, at: clock.nanoseconds())
        resetGate.sent(packet)
        if let cumulative = resetGate.cumulative { arrivals.acknowledged(cumulative) }
        if packet.count > 12, packet[12] == 6, let abort = SCTPPacket.abort(in: packet) {
            ending = .byUs(abort, byTimer: byTimer)
        }
        if state == .connecting { roundTrips.sent(packet, at: clock.now) }
        if unansweredSince == nil, SCTPPacket.newestTSN(in: packet) != nil {
            unansweredSince = NativeStack.shared.elapsed
        }
        if commonHeader.isEmpty { noteHeader(of: packet) }
        emit(packet)
    }
}
