internal import Logging
internal import NetworkLoop

// A transport whose section for the group is stopped goes on with the others, under the tag of the next one (RFC 9143 §7.4).
// Chromium takes it for the end of the transport: it ends SCTP and DTLS and closes its sockets when it sets the first
// description that says so, before the peer may have heard of it. Then it begins again for the others, with the ICE
// credentials and the data channels that there were. A peer that has done so is followed.
extension PeerConnection {
    /// How long the channels wait, in nanoseconds, for the description that explains why the peer has left their transport.
    private static let followingTime = Duration.seconds(2)

    /// The peer has ended the SCTP association, or DTLS below it.
    func peerDidLeaveData() {
        guard let transport = dataTransport, mayFollow(transport) else {
            data?.fail(nil)
            updateDeparture()
            return
        }
        transport.isLeft = true
        data?.suspend()
        if closeTimer?.isActive != true {
            closeTimer = loop.schedule(after: Self.followingTime) { [weak self, id = transport.id] in
                self?.assumeIsolated { connection in
                    connection.data?.fail(nil)
                    connection.transport(id).map(connection.noteGone)
                    connection.updateDeparture()
                }
            }
        }
        followIfLeft(transport)
    }

    /// The peer has ended DTLS on this transport. Unless it may go on elsewhere it is gone, and the states say so at once, before
    /// anybody hears of the end of a channel.
    func peerDidClose(_ transport: ConnectionTransport) {
        let mayGoOn = transport === dataTransport ? mayFollow(transport) : transport.hasLostTag
        if !mayGoOn { noteGone(transport) }
    }

    private func noteGone(_ transport: ConnectionTransport) {
        guard transport.stack.dtlsState == .closed else { return }
        transport.isPeerGone = true
        transport.showICEState()
        updateStates()
    }

    /// Whether what the transport carries may go on elsewhere, though the peer has closed it: another section speaks for
    /// it, or has done so, and the peer is of Chromium's kind. Others are believed when they say that they are gone.
    private func mayFollow(_ transport: ConnectionTransport) -> Bool {
        guard negotiation.isPeerOfChromium else { return false }
        return transport.hasLostTag || negotiation.currentTransports[transport.id]?.tag != negotiation.dataMid
    }

    /// Notes which transports the last answer has left without the section that spoke for them.
    func noteLostTags(since before: TransportTable) {
        for transport in transports {
            guard let tag = before[transport.id]?.tag, let now = negotiation.currentTransports[transport.id] else {
                continue
            }
            if !now.mids.contains(tag) { transport.hasLostTag = true }
        }
    }

    /// Begins anew what the peer has left after the answer that explains it; before that answer it is begun with it.
    func followIfLeft(_ transport: ConnectionTransport) {
        guard transport.mustFollow, transports.contains(where: { $0 === transport }),
            negotiation.signalingState == .stable
        else { return }
        do throws(WebRTCError) {
            try reconcileTransports()
        } catch {
            logger?.error("a transport cannot begin anew", metadata: ["error": "\(error)"])
            fail(error)
        }
        snapshot.update(
            from: negotiation, sctp: sctpTransport, transceivers: updatedTransceivers(), isGathering: true)
        beginGathering()
    }
}
