public import JSEP

/// Sends a track to the peer. W3C `RTCRtpSender` §5.2. Usable from any thread.
public final class RTPSender: Sendable {
    /// Sends tones beside the sound; nil for video. W3C `dtmf`.
    public let dtmf: DTMFSender?
    let core: TransceiverCore

    init(_ core: TransceiverCore) {
        self.core = core
        dtmf = core.kind == .audio ? DTMFSender(core) : nil
    }

    /// Sound or pictures.
    public var kind: MediaKind { core.kind }
    /// What is sent; nil for nothing.
    public var track: MediaStreamTrack? { core.read(\.track) }
    /// What carries it; nil before a description that has the section was set.
    public var transport: DTLSTransport? { core.read(\.transport) }

    /// What this library can send and receive. W3C `getCapabilities`.
    public static func capabilities(_ kind: MediaKind) -> RTPCapabilities { RTPCapabilities(kind) }

    /// Sends another track, or nothing, from now on, without negotiation. W3C `replaceTrack`.
    ///
    /// Of pictures the first that is sent is one that needs no other; the track's
    /// ``MediaStreamTrack/keyFrameRequests`` ask for it.
    ///
    /// - Throws: `TypeError` for a track of another kind, `InvalidStateError` if the connection is
    ///   closed or the transceiver stopped.
    public func replaceTrack(_ track: MediaStreamTrack?) throws(WebRTCError) {
        if let track, track.kind != kind {
            throw WebRTCError(
                .type, "replaceTrack: the sender is for \(kind.rawValue), the track is \(track.kind.rawValue)")
        }
        try core.checkActive("replaceTrack")
        core.change { $0.track = track }
    }

    /// What is known of the streams that are sent, and all that their entries name; nothing once
    /// the connection is closed. W3C `getStats` §8.2.
    public func getStats() async -> StatsReport {
        await core.connection?.sentStats(of: core) ?? StatsReport([])
    }

    /// Says which streams the track belongs to; the next offer tells the peer. W3C `setStreams`.
    ///
    /// - Throws: `InvalidStateError` if the connection is closed.
    public func setStreams(_ streams: [MediaStream]) throws(WebRTCError) {
        try core.checkOpen("setStreams")
        core.change { $0.wish.streams = streams.map(\.id).uniqued() }
    }
}
