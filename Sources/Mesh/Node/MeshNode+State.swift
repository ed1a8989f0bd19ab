internal import SharedState

/// The channel of the shared state of one link.
struct StateLink: Sendable {
    /// What comes before the mesh's own channel is open: the two do not wait for each other.
    var early: [String] = []
    /// Whether its messages go to the shared state.
    var isAttached = false
}

extension MeshNode {
    func openedState(_ peer: PeerID, link number: UInt64) {
        guard links[number] != nil else { return }
        stateLinks[number] = StateLink()
        attachState(peer, link: number)
    }

    /// Begins to exchange entries with a peer when both channels are open.
    func attachState(_ peer: PeerID, link number: UInt64) {
        guard let known = stateLinks[number], !known.isAttached, let link = links[number],
            core.isOpen(number, to: peer)
        else { return }
        stateLinks[number] = StateLink(isAttached: true)
        statePeers[peer] = number
        state.linkOpened(to: ReplicaID(peer)) { link.trySendState($0) }
        for text in known.early { state.receive(text, from: ReplicaID(peer)) }
    }

    func takeState(_ text: String, from peer: PeerID, link number: UInt64) {
        guard let link = stateLinks[number] else { return }
        if link.isAttached {
            // A link that the mesh has ended may say something yet.
            if statePeers[peer] == number, core.isOpen(number, to: peer) {
                state.receive(text, from: ReplicaID(peer))
            }
        } else if link.early.count < 16 {
            stateLinks[number]?.early.append(text)
        }
    }

    func closedState(_ peer: PeerID, link number: UInt64) {
        stateLinks[number] = nil
        detachState(peer, link: number)
    }

    /// Ends the exchange with a peer, unless that goes over another link by now.
    func detachState(_ peer: PeerID, link number: UInt64) {
        guard statePeers[peer] == number else { return }
        statePeers[peer] = nil
        state.linkClosed(to: ReplicaID(peer))
    }
}
