public import JSEP

/// Receives a track from the peer. W3C `RTCRtpReceiver` §5.3. Usable from any thread.
public final class RTPReceiver: Sendable {
    /// What is received: muted while nothing comes, ended with the transceiver.
    public let track: MediaStreamTrack
    let core: TransceiverCore

    init(_ core: TransceiverCore) {
        self.core = core
        track = MediaStreamTrack(received: core.kind)
    }

    /// Sound or pictures.
    public var kind: MediaKind { core.kind }
    /// What carries it; nil before a description that has the section was set.
    public var transport: DTLSTransport? { core.read(\.transport) }

    /// What is known of the streams that are received, and all that their entries name; nothing
    /// once the connection is closed. W3C `getStats` §8.2.
    public func getStats() async -> StatsReport {
        await core.connection?.receivedStats(of: core) ?? StatsReport([])
    }

    /// The sources that have sent within the last ten seconds, the one that was heard last first;
    /// how loud they are is known where packets have the header extension for it (RFC 6464).
    /// W3C `getSynchronizationSources` §5.3.
    public func synchronizationSources() async -> [RTPContributingSource] {
        await core.connection?.sources(of: core, isMixed: false) ?? []
    }

    /// The sources that a mixer has put into what has come within the last ten seconds, the one
    /// that was heard last first; 64 at most of each stream. W3C `getContributingSources` §5.3.
    public func contributingSources() async -> [RTPContributingSource] {
        await core.connection?.sources(of: core, isMixed: true) ?? []
    }

    /// What this library can send and receive. W3C `getCapabilities`.
    public static func capabilities(_ kind: MediaKind) -> RTPCapabilities { RTPCapabilities(kind) }
}
