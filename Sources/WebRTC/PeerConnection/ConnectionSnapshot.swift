internal import AsyncQueues
internal import ICE
internal import JSEP
internal import Synchronization
internal import TransportTypes

/// What of a connection may be read from any thread without waiting, and the events that go with
/// it.
///
/// The connection writes it on its loop. After ``close()`` nothing changes any more and no event is
/// sent.
final class ConnectionSnapshot: Sendable {
    struct Values: Sendable {
        var signaling = SignalingState.stable
        var gathering = ICEGatheringState.new
        var ice = ICEConnectionState.new
        var connection = PeerConnectionState.new
        var descriptions = Descriptions()
        var outgoingBitrate: Int?
        var sctp: SCTPTransport?
        var transceivers: [RTPTransceiver] = []
        var transports: [DTLSTransport] = []
        /// The sections on each of the transports.
        var mids: [[String]] = []
        var servers = Servers()
        /// What the diagnosis tells of channels that nobody has taken.
        var untakenChannels: [String] = []
        /// The application wants something that takes an offer.
        var isOfferNeeded = false
        /// Candidates may still come for the local description.
        var isGathering = false
        var isClosed = false
        var hasPeerLeft = false
        /// Transports whose sockets are not closed yet.
        var openTransports = 0
        var isReleasing = false
        var isReleased = false
        var releaseWaiters = WaiterQueue<Void>()
        var gatheringWaiters = WaiterQueue<Void>()

        /// Whether the local description is as complete as it gets.
        var hasGathered: Bool { isClosed || descriptions.local != nil && !isGathering }

        mutating func takeGatheringWaiters() -> [WaiterQueue<Void>.Continuation] {
            hasGathered ? gatheringWaiters.removeAll() : []
        }
    }

    /// What the diagnosis tells of STUN and TURN servers.
    struct Servers: Sendable {
        /// Only relayed candidates may be used.
        var isRelayOnly = false
        /// The URLs of the TURN servers.
        var relays: [String] = []
        /// What servers have said during the last gathering; 32 at most.
        var errors: [ICECandidateError] = []
    }

    let values = Mutex(Values())
    let signalingStates = EventSource<SignalingState>(.state, .latest, initial: .stable)
    let gatheringStates = EventSource<ICEGatheringState>(.state, .latest, initial: .new)
    let iceStates = EventSource<ICEConnectionState>(.state, .latest, initial: .new)
    let connectionStates = EventSource<PeerConnectionState>(.state, .latest, initial: .new)
    /// See ``PeerConnection/availableOutgoingBitrate``.
    let outgoingBitrates = EventSource<Int?>(.state, .newest, initial: nil)
    /// Whether the peer has ended all that it has with us.
    let departures = EventSource<Bool>(.state, .latest, initial: false)
    let candidates = EventSource<ICECandidateInit?>(.kept, .candidates)
    let candidateErrors = EventSource<ICECandidateError>(.kept, .latest)
    let channels: EventSource<DataChannel>
    let unreadChannels = EventSource<DataChannel>(.live, .latest)
    let negotiationNeeded = EventSource<Void>(.kept, .wake)
    let tracks = EventSource<TrackEvent>(.kept, .tracks)

    /// - Parameter untakenChannels: how many of the peer's channels may wait to be taken.
    init(untakenChannels: Int) {
        channels = EventSource(.kept, .channels(limit: untakenChannels))
    }

    func read<Value>(_ path: any KeyPath<Values, Value> & Sendable) -> Value {
        values.withLock { $0[keyPath: path] }
    }

    /// Sets a state and sends its event, unless it has that value already or the connection is
    /// closed.
    func set<State: Equatable & Sendable>(
        _ path: any WritableKeyPath<Values, State> & Sendable, to state: State, event: EventSource<State>
    ) {
        let changed = values.withLock { values in
            guard !values.isClosed, values[keyPath: path] != state else { return false }
            values[keyPath: path] = state
            return true
        }
        if changed { event.send(state) }
    }

    func setGathering(_ state: ICEGatheringState) {
        set(\.gathering, to: state, event: gatheringStates)
        let waiters = values.withLock { values in
            if state == .complete { values.isGathering = false }
            return values.takeGatheringWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Shows the descriptions, with the candidates that have come.
    func show(_ descriptions: Descriptions) {
        change { $0.descriptions = descriptions }
    }

    /// Shows what a description has changed; ``tell(_:)`` follows.
    func show(
        _ descriptions: Descriptions, signaling: SignalingState, transceivers: [RTPTransceiver],
        transports: [(dtls: DTLSTransport, mids: [String])], isGathering: Bool
    ) {
        change { values in
            values.descriptions = descriptions
            values.signaling = signaling
            values.transceivers = transceivers
            values.transports = transports.map(\.dtls)
            values.mids = transports.map(\.mids)
            values.isGathering = isGathering
        }
    }

    func show(_ sctp: SCTPTransport?) {
        change { $0.sctp = sctp }
    }

    private func change(_ body: (inout Values) -> Void) {
        let waiters = values.withLock { values in
            guard !values.isClosed else { return [WaiterQueue<Void>.Continuation]() }
            body(&values)
            return values.takeGatheringWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Tells of a signaling state that is there, or was on the way to another.
    func tell(_ state: SignalingState) {
        if !read(\.isClosed) { signalingStates.send(state) }
    }

    /// Closes at once; false if it was closed before. W3C §4.4.3 fires no events for it; here
    /// `closed` is the last that the sequences of states give.
    func close() -> Bool {
        let last = values.withLock { values -> (Values, [WaiterQueue<Void>.Continuation])? in
            guard !values.isClosed else { return nil }
            values.isClosed = true
            values.signaling = .closed
            values.ice = .closed
            values.connection = .closed
            return (values, values.gatheringWaiters.removeAll())
        }
        guard let (values, waiters) = last else { return false }
        values.sctp?.update(state: .closed)
        values.sctp?.transport.close()
        for transport in values.transports { transport.close() }
        for transceiver in values.transceivers {
            transceiver.core.close()
            transceiver.receiver.track.end()
            transceiver.sender.dtmf?.finish()
        }
        for waiter in waiters { waiter.resume() }
        signalingStates.send(.closed)
        iceStates.send(.closed)
        connectionStates.send(.closed)
        signalingStates.finish()
        gatheringStates.finish()
        iceStates.finish()
        connectionStates.finish()
        outgoingBitrates.finish()
        departures.finish()
        candidates.finish()
        candidateErrors.finish()
        channels.finish()
        unreadChannels.finish()
        negotiationNeeded.finish()
        tracks.finish()
        return true
    }

    /// A transport has sockets.
    func didOpenTransport() {
        values.withLock { $0.openTransports += 1 }
    }

    /// It has none any more.
    func didCloseTransport() {
        didChangeRelease { $0.openTransports -= 1 }
    }

    /// No transport will be made any more: once those that there are have closed, everything is let
    /// go.
    func release() {
        didChangeRelease { $0.isReleasing = true }
    }

    private func didChangeRelease(_ change: (inout Values) -> Void) {
        let waiters = values.withLock { values in
            change(&values)
            values.isReleased = values.isReleasing && values.openTransports == 0
            return values.isReleased ? values.releaseWaiters.removeAll() : []
        }
        for waiter in waiters { waiter.resume() }
    }
}
