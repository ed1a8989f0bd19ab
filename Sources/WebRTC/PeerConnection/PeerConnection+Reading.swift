internal import AsyncQueues
public import ICE
public import JSEP
internal import Synchronization

// What can be read from anywhere, at once.
extension PeerConnection {
    /// Where the offer/answer exchange stands.
    public nonisolated var signalingState: SignalingState { snapshot.read(\.signaling) }
    /// Where gathering stands.
    public nonisolated var iceGatheringState: ICEGatheringState { snapshot.read(\.gathering) }
    /// Where the connectivity checks stand.
    public nonisolated var iceConnectionState: ICEConnectionState { snapshot.read(\.ice) }
    /// Whether the connection is up: ICE and DTLS taken together.
    public nonisolated var connectionState: PeerConnectionState { snapshot.read(\.connection) }
    /// Whether the peer takes candidates one by one; nil before its first description.
    public nonisolated var canTrickleICECandidates: Bool? { snapshot.read(\.descriptions.canTrickle) }

    /// This side's description, the pending one first, with the candidates gathered so far.
    public nonisolated var localDescription: SessionDescription? {
        snapshot.read(\.descriptions.local)?.description
    }
    /// The peer's description, the pending one first, with the candidates added so far.
    public nonisolated var remoteDescription: SessionDescription? {
        snapshot.read(\.descriptions.remote)?.description
    }
    /// This side's description as last agreed on.
    public nonisolated var currentLocalDescription: SessionDescription? {
        snapshot.read(\.descriptions.currentLocal)?.description
    }
    /// The peer's description as last agreed on.
    public nonisolated var currentRemoteDescription: SessionDescription? {
        snapshot.read(\.descriptions.currentRemote)?.description
    }
    /// This side's description that is not agreed on yet.
    public nonisolated var pendingLocalDescription: SessionDescription? {
        snapshot.read(\.descriptions.pendingLocal)?.description
    }
    /// The peer's description that is not agreed on yet.
    public nonisolated var pendingRemoteDescription: SessionDescription? {
        snapshot.read(\.descriptions.pendingRemote)?.description
    }
    /// What carries the data channels; nil until data was negotiated. W3C `sctp` §6.1.
    public nonisolated var sctp: SCTPTransport? { snapshot.read(\.sctp) }

    /// The signaling state now, then each change. Ends after `closed`.
    public nonisolated var signalingStates: EventSequence<SignalingState> { snapshot.signalingStates.events() }
    /// The gathering state now, then each change. Ends when the connection closes.
    public nonisolated var iceGatheringStates: EventSequence<ICEGatheringState> { snapshot.gatheringStates.events() }
    /// The ICE connection state now, then each change. Ends after `closed`.
    public nonisolated var iceConnectionStates: EventSequence<ICEConnectionState> { snapshot.iceStates.events() }
    /// The connection state now, then each change. Ends after `closed`.
    public nonisolated var connectionStates: EventSequence<PeerConnectionState> {
        snapshot.connectionStates.events()
    }
    /// How much media can be sent to the peer in all, in bit/s with headers, as its feedback shows;
    /// nil while there is none: before media is sent, and with a peer that agrees on neither
    /// `transport-cc` nor `goog-remb`.
    ///
    /// It is for whoever makes the pictures: an encoder's rate, or which size of several is sent.
    /// What is sent beyond it waits, up to a quarter of a second, and is lost on the way after
    /// that. Where a connection has several transports, it is the sum. W3C webrtc-stats,
    /// `availableOutgoingBitrate`.
    public nonisolated var availableOutgoingBitrate: Int? { snapshot.read(\.outgoingBitrate) }
    /// ``availableOutgoingBitrate`` now, then each change of more than 2 %; of those that nobody
    /// has read yet the last. Ends when the connection closes.
    public nonisolated var availableOutgoingBitrates: EventSequence<Int?> { snapshot.outgoingBitrates.events() }
    /// The candidates to send to the peer; nil says that there are no more. The first subscription
    /// gets all from the start.
    public nonisolated var iceCandidates: EventSequence<ICECandidateInit?> { snapshot.candidates.events() }
    /// Servers that gave no candidate. The first subscription gets all from the start.
    public nonisolated var iceCandidateErrors: EventSequence<ICECandidateError> { snapshot.candidateErrors.events() }
    /// The channels that the peer opens, already open. The first subscription gets all from the
    /// start.
    ///
    /// Those that nobody has taken are bounded: 1024 channels, or ``Configuration/maxChannels`` if
    /// that is more, and 1 MiB of names; all that are open have 4 MiB of names at most. Beyond that
    /// the peer's next one is reset instead of opened. Of those that the peer has closed before
    /// they were taken, the oldest go first, and at most 256 with 1 MiB that was not read are kept.
    /// Either is logged as an error and told by ``diagnosis``. So take each at once, and read it in
    /// a task of its own.
    public nonisolated var dataChannels: EventSequence<DataChannel> { snapshot.channels.events() }
    /// Channels of which more than ``Configuration/receiveBufferLimit`` bytes wait for a reader;
    /// one is told of again after half of that was read. They hold up the others once all together
    /// reach ``Configuration/unreadLimit``. A subscription tells from its start on; what waits at
    /// this moment is in ``diagnosis``.
    public nonisolated var unreadChannels: EventSequence<DataChannel> { snapshot.unreadChannels.events() }
    /// An offer should be made. The first subscription gets all from the start.
    public nonisolated var negotiationNeeded: EventSequence<Void> { snapshot.negotiationNeeded.events() }

    /// Waits until there is a ``localDescription`` and all candidates are part of it, for signaling
    /// without trickle; returns at once if the connection is closed, and when the task is
    /// cancelled.
    public nonisolated func gatheringComplete() async {
        await snapshot.values.wait(on: { $1(&$0.gatheringWaiters) }) { $0.hasGathered }
    }
}
