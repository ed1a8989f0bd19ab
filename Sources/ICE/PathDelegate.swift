package import TransportTypes

/// What a ``Path`` reports; always on its loop.
///
/// The path may be called, and closed, from within each of these.
package protocol PathDelegate: AnyObject {
    /// A local candidate is there, to be told to the peer. `ufrag` is among its attributes.
    func path(didGather candidate: ICECandidate)
    /// No further local candidate will come, until a restart.
    func pathDidFinishGathering()
    /// The state has changed. Not reported for ``Path/close(completion:)``.
    func path(didChange state: ICETransportState)
    /// Datagrams go over this pair from here on.
    func path(didSelect local: ICECandidate, remote: ICECandidate)
    /// A check of the peer's has come, the first of a generation: it has our credentials, and its
    /// datagrams get here.
    func pathDidHearCheck()
    /// A server gave no candidate; gathering goes on without it.
    func path(didFail error: ICECandidateError)
    /// Datagrams from the peer that lie back to back, of `segmentSize` bytes each; the last may be
    /// shorter, and most often it is the only one. STUN may be among them only where the kernel has
    /// merged it with others. The bytes are valid during the call; nothing was allocated for it.
    ///
    /// - Parameters:
    ///   - datagrams: one byte at least.
    ///   - segmentSize: 1 to the size of all.
    func path(didReceive datagrams: Span<UInt8>, segmentSize: Int)
}
