internal import JSEP
internal import Logging
internal import NetworkLoop

// A transport whose section for the group is stopped goes on with the others, under the tag of the
// next one (RFC 9143 §7.4). Some peers (``PeerQuirks/leavesTransportWithItsTag``) take it for the
// end of the transport: they end SCTP and DTLS and close their sockets when they set the first
// description that says so, before the other end may have heard of it. Then they begin again for
// the others, with the ICE credentials and the data channels that there were. A peer that has done
// so is followed.
extension PeerConnection {
    /// Whether what the transport carries may go on elsewhere, though the peer has closed it:
    /// another section speaks for it, or has done so. Peers that do not mix these up are believed
    /// when they say that they are gone.
    func mayBeFollowed(_ transport: ConnectionTransport) -> Bool {
        guard transport.id == plan.data.transport else { return transport.hasLostTag }
        return plan.quirks.leavesTransportWithItsTag && (transport.hasLostTag || !plan.data.speaksForTransport)
    }

    /// Begins anew what the peer has left after the answer that explains it; before that answer it
    /// is begun with it.
    func followIfLeft(_ transport: ConnectionTransport) {
        guard transport.mustFollow, transports.contains(where: { $0 === transport }), plan.signalingState == .stable
        else { return }
        do throws(WebRTCError) {
            let plan = negotiation.plan
            apply(plan, try makeTransports(for: plan)).tell(with: snapshot)
            beginGathering()
        } catch {
            logger?.error("a transport cannot begin anew", metadata: ["error": "\(error)"])
            fail(error)
        }
    }
}
