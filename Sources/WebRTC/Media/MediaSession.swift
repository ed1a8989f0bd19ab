internal import ICE
internal import DTLS
internal import Foundation
internal import JSEP
internal import Logging
internal import NetworkLoop
internal import RTP
internal import SRTP
internal import TransportTypes

/// The media of a transport on the connection's loop: SRTP below, RTP's session in the middle, the
/// tracks above. The second passenger of a transport, beside ``DataSession``.
final class MediaSession: SRTPTransportSession {
    /// A section's sender and receiver.
    final class Lane {
        let transceiver: RTPTransceiver
        var plan: MediaPlan
        /// What readers want, as it was last looked at.
        var wishes = TrackInbox.Wishes()
        var sending = LaneSending()
        /// By source: what a stream's frames say of time.
        var timelines: [UInt32: StreamTimeline] = [:]
        /// Whether the application has stopped the transceiver, as it was last looked at.
        var isStopping = false
        /// Since when the peer may send; nil if it may not.
        var receivesSince: Duration?
        /// What has come in this turn, for its readers.
        var arrivals = Arrivals()

        init(_ transceiver: RTPTransceiver, _ plan: MediaPlan) {
            self.transceiver = transceiver
            self.plan = plan
        }

        /// A peer may go from source to source, as often as it likes.
        func forgetOldTimelines() {
            guard timelines.count > 64, let oldest = timelines.min(by: { $0.value.last.moment < $1.value.last.moment })
            else { return }
            timelines[oldest.key] = nil
        }

        var inbox: TrackInbox { transceiver.receiver.track.inbox }
        var outbox: TrackOutbox { transceiver.core.outbox }
    }

    /// Packets that have come together: readers are woken once for all of them.
    struct Arrivals {
        var packets: [RTPPacket] = []
        var forwarding: [ReceivedPacket] = []

        var isEmpty: Bool { packets.isEmpty && forwarding.isEmpty }
    }

    unowned let transport: ConnectionTransport
    let port: DataPort
    let logger: Logger?
    let loop: NetworkLoop
    private(set) var rtp: RTPSession?
    var lanes: [String: Lane] = [:]
    /// Some reader wants something else than was last looked at.
    private let hasOtherWishes = Flag()
    /// When those who send have said what was made together.
    var senderOffsets = SenderOffsets()
    /// Those that have ``Lane/arrivals``.
    var arrived: [Lane] = []
    /// Of the lanes, that of the descriptions.
    private var order: [String] = []
    /// Both directions, while DTLS has keys.
    private(set) var contexts: (sending: SRTPContext, receiving: SRTPContext)?
    private var timer: LoopTimer?
    /// When the present keys came.
    private(set) var connectedSince: Duration?
    /// DTLS has agreed on a profile of SRTP, or may yet.
    private(set) var hasProfile = true
    /// Something has come that was proven to be the peer's.
    private(set) var hasHeard = false
    /// When ``publishFacts()`` was last called.
    var factsPublished = Duration.zero
    /// How many peers there were on the transport before this one.
    private(set) var generation = 0
    /// Whether it may be sent as such that knows ECN, and is: the peer tells of marks.
    private let mayMark: Bool
    private(set) var isMarking = false
    /// How much can be sent, in bit/s, as the connection was last told.
    private(set) var availableBitrate: Int?
    /// The number of packets that were not passed on, over all keys.
    private(set) var refused = SRTPContext.Counters()

    init(on transport: ConnectionTransport, port: DataPort, marksECN: Bool = false) {
        self.transport = transport
        mayMark = marksECN
        self.port = port
        loop = transport.loop
        logger = transport.logger
    }

    // MARK: What was agreed on

    /// Takes the sections that the transport carries now, with their transceivers.
    func apply(_ sections: [(plan: MediaPlan, transceiver: RTPTransceiver)]) {
        let before = lanes
        lanes = [:]
        for (plan, transceiver) in sections {
            let known = before[plan.mid].flatMap { $0.transceiver === transceiver ? $0 : nil }
            let lane = known ?? Lane(transceiver, plan)
            lane.plan = plan
            transceiver.core.agree(plan)
            lane.receivesSince = plan.direction.receives ? lane.receivesSince ?? loop.now : nil
            lanes[plan.mid] = lane
            if known == nil {
                lane.inbox.attach { [weak core = transceiver.core, hasOtherWishes] in
                    hasOtherWishes.raise()
                    core?.connection?.mediaHasWork()
                }
            }
        }
        for (mid, lane) in before where lanes[mid] !== lane { lane.outbox.setActive(false, by: self) }
        let rtp = self.rtp ?? makeSession(canonicalName: sections.first?.plan.cname ?? "")
        self.rtp = rtp
        order = sections.map(\.plan.mid)
        updateSections()
        if transport.dtlsState == .connected, contexts == nil { didConnect() }
        updateActivity()
        lookAtWishes()
        tellBitrate()
        schedule()
        publishFacts()
        port.wake()
    }

    /// What goes which way now: of what the application has stopped nothing is sent, whatever the
    /// descriptions say yet (W3C §5.4 `stop`).
    private func updateSections() {
        let sections = order.compactMap { lanes[$0] }.map { lane in
            var section = RTPSection(lane.plan)
            lane.isStopping = lane.transceiver.core.read(\.wish.isStopping)
            if lane.isStopping { section.sends = false }
            return section
        }
        rtp?.update(sections, now: loop.now)
        isMarking = mayMark && rtp?.hearsOfMarks == true
        transport.path?.readECN(rtp?.tellsOfMarks == true)
    }

    /// Ends what the application has stopped since this was last looked at.
    private func endStopped() {
        guard lanes.values.contains(where: { !$0.isStopping && $0.transceiver.core.read(\.wish.isStopping) }) else {
            return
        }
        updateSections()
        updateActivity()
    }

    private func makeSession(canonicalName: String) -> RTPSession {
        let rtp = RTPSession(
            canonicalName: canonicalName, epoch: .seconds(Date().timeIntervalSince1970) - loop.now,
            random: { UInt32.random(in: 1 ... .max) })
        rtp.delegate = self
        return rtp
    }

    private func updateActivity() {
        for lane in lanes.values {
            let isActive = contexts != nil && lane.plan.direction.sends && !lane.isStopping
            let (hasBegun, goesOn) = lane.outbox.setActive(isActive, by: self)
            guard hasBegun else { continue }
            // What was not sent meanwhile is missing.
            if goesOn || lane.transceiver.sender.track?.isForwarding == true {
                lane.transceiver.sender.track?.requestFromEncoder()
            }
            lane.transceiver.sender.track?.replay(to: lane.outbox, now: loop.now)
        }
    }

    // MARK: What becomes of the transport

    /// DTLS has its keys.
    func didConnect() {
        guard contexts == nil else { return }
        guard let keys = transport.session?.exportSRTPKeys() else {
            logger?.error("no SRTP profile was agreed on; the peer's DTLS has no use_srtp (RFC 5764)")
            hasProfile = false
            publishFacts()
            return
        }
        do throws(SRTPError) {
            contexts = (
                try SRTPContext(.sending, profile: keys.profile, key: keys.localKey, salt: keys.localSalt),
                try SRTPContext(.receiving, profile: keys.profile, key: keys.remoteKey, salt: keys.remoteSalt)
            )
        } catch {
            logger?.error("SRTP cannot start", metadata: ["error": "\(error)"])
            return
        }
        connectedSince = loop.now
        hasProfile = true
        updateActivity()
        lookAtWishes()
        publishFacts()
    }

    /// The peer has ended DTLS.
    func peerDidLeave() { drop() }

    /// The transport goes on with another peer, with other keys and other streams.
    func peerDidChange() {
        drop()
        rtp = nil
        generation += 1
        hasHeard = false
        hasProfile = true
        for lane in lanes.values { lane.timelines = [:] }
        publishFacts()
    }

    private func drop() {
        guard let contexts else { return }
        refused.add(contexts.receiving.counters)
        self.contexts = nil
        updateActivity()
        tellBitrate()
    }

    /// Says goodbye, if there is a way, and ends all.
    func close() {
        timer?.cancel()
        timer = nil
        rtp?.sayGoodbye(now: loop.now)
        for lane in lanes.values { lane.outbox.setActive(false, by: self) }
        contexts = nil
        rtp = nil
        lanes = [:]
    }

    // MARK: Time

    /// Sets the timer for what comes next.
    func schedule() {
        guard contexts != nil else { return }
        // After each arrival: no list is made for it.
        var next = rtp?.nextDeadline
        for lane in lanes.values {
            if let tone = lane.transceiver.sender.dtmf?.nextDeadline { next = min(next ?? tone, tone) }
            if let turn = lane.sending.nextTurn { next = min(next ?? turn, turn) }
        }
        guard let deadline = next else { return }
        if let timer, timer.isActive, timer.deadline <= deadline { return }
        timer?.cancel()
        timer = loop.schedule(after: max(.zero, deadline - loop.now)) { [weak self] in
            guard let self else { return }
            timer = nil
            rtp?.handleTimeout(now: loop.now)
            tellBitrate()
            for lane in lanes.values {
                sendTones(lane)
                if lane.sending.nextTurn.map({ $0 <= self.loop.now }) ?? false { send(lane) }
            }
            publishFactsIfDue()
            schedule()
            transport.flush()
        }
    }

    // MARK: Turns of the loop

    /// Sends what waits, and looks at what readers want.
    func flush() {
        guard contexts != nil else { return }
        endStopped()
        for lane in lanes.values {
            send(lane)
            sendTones(lane)
        }
        if hasOtherWishes.take() { lookAtWishes() }
        schedule()
    }

    /// Takes datagrams of one kind that lie back to back, of `segmentSize` bytes each but the last.
    func receive(_ datagrams: Span<UInt8>, segmentSize: Int, isControl: Bool) {
        guard let contexts, let rtp else { return }
        // Whoever began to read before this was sent gets it, although the loop has not come round.
        if hasOtherWishes.take() { lookAtWishes() }
        let (now, strays) = (loop.now, rtp.strays)
        let ecn = transport.path?.arrivalECN ?? 0
        var (start, isTheirs) = (0, false)
        while start < datagrams.count {
            let end = min(datagrams.count, start + segmentSize)
            let datagram = datagrams.extracting(start..<end)
            start = end
            do throws(SRTPError) {
                if isControl {
                    try contexts.receiving.unprotect(rtcp: datagram, now: now) { rtp.receive(rtcp: $0, now: now) }
                } else {
                    try contexts.receiving.unprotect(rtp: datagram, now: now) {
                        rtp.receive(rtp: $0, ecn: ecn, now: now)
                    }
                }
                hasHeard = true
                isTheirs = true
            } catch {
                // Counted there.
                publishFactsIfDue()
            }
        }
        if isTheirs { transport.path?.heardPeer() }
        handOutArrivals()
        rtp.arrivalsEnded(now: now)
        if rtp.strays != strays { publishFactsIfDue() }
        if isControl { tellBitrate() }
        schedule()
        if !transport.batch.isEmpty { port.wake() }
    }

    /// How much could be sent at most, in bit/s; nil if that is not known of all that is sent.
    private var wantedBitrate: Int? {
        var sum = 0
        for lane in lanes.values where lane.plan.direction.sends && !lane.isStopping {
            guard let wanted = lane.transceiver.core.wantedBitrate else { return nil }
            sum = sum.addingClamped(wanted)
        }
        return sum == 0 ? nil : sum
    }

    /// Tells the connection how much can be sent, if that is another amount, and the estimate how
    /// much there is to send.
    private func tellBitrate() {
        rtp?.update(wantedBitrate: wantedBitrate)
        let next = contexts == nil ? nil : rtp?.availableBitrate
        if let next, let before = availableBitrate {
            guard abs(next - before) > before / 50 else { return }
        } else {
            guard next != availableBitrate else { return }
        }
        availableBitrate = next
        transport.onEvent?(.bitrateChanged)
    }

    /// What was not passed on, over all keys.
    var refusals: SRTPContext.Counters {
        var sum = refused
        if let contexts { sum.add(contexts.receiving.counters) }
        return sum
    }
}

extension SRTPContext.Counters {
    fileprivate mutating func add(_ other: Self) {
        notAuthentic &+= other.notAuthentic
        replayed &+= other.replayed
        refused &+= other.refused
    }
}
