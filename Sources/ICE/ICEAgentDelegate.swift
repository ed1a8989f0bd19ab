package import TransportTypes

/// What an ``ICEAgent`` reports; always on its loop.
///
/// The agent may be called, and closed, from within each of these.
package protocol ICEAgentDelegate: AnyObject {
    /// A local candidate is there, to be told to the peer. `ufrag` is among its attributes.
    func iceAgent(_ agent: ICEAgent, didGather candidate: ICECandidate)
    /// No further local candidate will come, until a restart.
    func iceAgentDidFinishGathering(_ agent: ICEAgent)
    /// The state has changed. Not reported for ``ICEAgent/close()``.
    func iceAgent(_ agent: ICEAgent, didChangeState state: ICETransportState)
    /// Datagrams go over this pair from here on.
    func iceAgent(_ agent: ICEAgent, didSelect local: ICECandidate, remote: ICECandidate)
    /// A server gave no candidate; gathering goes on without it.
    func iceAgent(_ agent: ICEAgent, didFail error: ICECandidateError)
    /// A datagram from the peer that is not STUN. The bytes are valid during the call; nothing was
    /// allocated for it.
    func iceAgent(_ agent: ICEAgent, didReceive datagram: Span<UInt8>)
}
