internal import AsyncQueues
internal import DTLS
internal import ICE
internal import JSEP
internal import Logging
internal import TransportTypes

// What transports and the data channels tell, and the states that are those of all taken together.
extension PeerConnection: DataPortOwner {
    func handle(_ event: ConnectionTransport.Event, from id: Int) {
        guard let transport = transport(id) else { return }
        switch event {
        case .candidate(let candidate, let fragment): didGather(candidate, usernameFragment: fragment, on: transport)
        case .gatheringFinished(let fragment): didFinishGathering(usernameFragment: fragment, on: transport)
        case .candidateFailed(let error): snapshot.keep(error)
        case .needsAddress(let candidate, let credentials): resolve(candidate, for: credentials, on: id)
        // Whether the peer has left, what is attached has a say in; it is told next.
        case .stateChanged: updateStates()
        case .bitrateChanged: updateBitrate()
        case .peerLeft:
            followIfLeft(transport)
            updateDeparture()
        case .failed(let error): fail(error)
        }
    }

    func fail(_ error: WebRTCError) {
        data?.fail(error)
        snapshot.set(\.connection, to: .failed, event: snapshot.connectionStates)
    }

    func updateStates() {
        snapshot.set(\.ice, to: ICEConnectionState(transports.map(\.ice.state)), event: snapshot.iceStates)
        let state = PeerConnectionState(ice: transports.map(\.ice.state), dtls: transports.map(\.dtls.state))
        snapshot.set(\.connection, to: state, event: snapshot.connectionStates)
    }

    /// What can be sent over all transports.
    func updateBitrate() {
        let rates = transports.compactMap { $0.media?.availableBitrate }
        snapshot.set(
            \.outgoingBitrate, to: rates.isEmpty ? nil : rates.reduce(0, +), event: snapshot.outgoingBitrates)
    }

    func updateGatheringState() {
        let before = snapshot.read(\.gathering)
        let state = ICEGatheringState(transports.map(\.ice.gatheringState))
        snapshot.setGathering(state)
        if state == .complete, before != .complete { snapshot.candidates.send(nil) }
    }

    /// Whether the peer has gone, and with all that this connection carries.
    func updateDeparture() {
        let hasLeft =
            !transports.isEmpty && data?.isPeerExplaining != true
            && transports.allSatisfy { transport in
                transport.dtls.state == .closed
                    || transport.dtls.state == .connected && hasOnlyData && data?.sctp?.state == .closed
            }
        snapshot.set(\.hasPeerLeft, to: hasLeft, event: snapshot.departures)
    }

    private var hasOnlyData: Bool {
        plan.transports.count == 1 && plan.transports[0].id == plan.data.transport
            && plan.transports[0].mids == plan.data.mid.map { [$0] }
    }

    /// The loop's turn is over: send what channels and transports have collected.
    nonisolated func flushOnLoop() {
        assumeIsolated { connection in
            connection.data?.flush()
            for transport in connection.transports {
                transport.mediaSession?.flush()
                transport.endTurn()
            }
        }
    }
}
