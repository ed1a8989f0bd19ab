internal import DTLS
internal import Foundation
internal import ICE
public import JSEP
internal import SCTP
internal import Synchronization
internal import TransportTypes

extension PeerConnection {
    /// What the connection knows of itself now. W3C `getStats` §8.2.
    ///
    /// After ``close()`` only the entry about the connection as a whole remains.
    public func getStats() -> StatsReport {
        let timestamp = Date().timeIntervalSince1970 * 1000
        var entries: [Stats] = [
            .peerConnection(
                PeerConnectionStats(
                    id: "PC", timestamp: timestamp, dataChannelsOpened: data?.channelsOpened ?? 0,
                    dataChannelsClosed: data?.channelsClosed ?? 0))
        ]
        entries += port.channels.map { .dataChannel($0.stats(timestamp: timestamp)) }
        if !transports.isEmpty {
            certificateStats = certificateStats ?? CertificateStats(certificate.der, id: "CL", timestamp)
            certificateStats?.timestamp = timestamp
            if let certificateStats { entries.append(.certificate(certificateStats)) }
        }
        if !isReleased { entries += mediaSources(timestamp) }
        // Each report asks for a new measurement, for the next one.
        data?.association?.measureRoundTrip()
        let roundTrip = data?.association?.statistics.roundTrip
        for transport in transports {
            let isMeasured = transport === data?.transport
            entries += transport.stats(
                timestamp, role: plan.transport(transport.id)?.role,
                roundTrip: isMeasured ? roundTrip : nil)
            entries += transport.media?.stats(timestamp) ?? []
        }
        return StatsReport(entries)
    }

    /// What concerns one track: the streams of the sender or the receiver that has it, and all that
    /// their entries name. W3C `getStats` §8.2 with a selector.
    ///
    /// - Throws: `InvalidAccessError` if no sender or receiver of the connection has the track, or
    ///   more than one.
    public func getStats(for track: MediaStreamTrack) throws(WebRTCError) -> StatsReport {
        let all = transceivers
        let senders = all.filter { $0.sender.track === track }
        let receivers = all.filter { $0.receiver.track === track }
        guard senders.count + receivers.count == 1, let only = senders.first ?? receivers.first else {
            let count = senders.count + receivers.count
            throw WebRTCError(
                .invalidAccess,
                "getStats: \(count == 0 ? "no" : "more than one") sender or receiver of this connection has the track; "
                    + "RTPSender and RTPReceiver have a getStats of their own")
        }
        return senders.isEmpty ? receivedStats(of: only.core) : sentStats(of: only.core)
    }

    func sentStats(of core: TransceiverCore) -> StatsReport {
        let mid = core.read(\.mid)
        return getStats().selecting { entry in
            if case .outboundRTP(let stats) = entry { stats.mid != nil && stats.mid == mid } else { false }
        }
    }

    func receivedStats(of core: TransceiverCore) -> StatsReport {
        let mid = core.read(\.mid)
        return getStats().selecting { entry in
            if case .inboundRTP(let stats) = entry { stats.mid != nil && stats.mid == mid } else { false }
        }
    }

    /// The tracks that senders have, each once.
    private func mediaSources(_ timestamp: Double) -> [Stats] {
        var seen: Set<String> = []
        return transceivers.compactMap { transceiver in
            guard let track = transceiver.sender.track, seen.insert(track.statsID).inserted else { return nil }
            return .mediaSource(
                MediaSourceStats(
                    id: track.statsID, timestamp: timestamp, trackIdentifier: track.id, kind: track.kind))
        }
    }
}

extension MediaStreamTrack {
    /// Names the track in reports.
    var statsID: String { (kind == .audio ? "SA-" : "SV-") + id }
}

extension DataChannel {
    fileprivate func stats(timestamp: Double) -> DataChannelStats {
        core.withLock { core in
            DataChannelStats(
                id: "D" + String(UInt(bitPattern: ObjectIdentifier(self).hashValue), radix: 36), timestamp: timestamp,
                label: label, protocol: `protocol`, dataChannelIdentifier: core.id, state: core.readyState,
                messagesSent: core.messagesSent, bytesSent: core.bytesSent, messagesReceived: core.messagesReceived,
                bytesReceived: core.bytesReceived)
        }
    }
}

extension CertificateStats {
    init?(_ der: [UInt8], id: String, _ timestamp: Double) {
        guard let fingerprint = try? Fingerprint(of: der, .sha256) else { return nil }
        self.init(
            id: id, timestamp: timestamp, fingerprint: fingerprint.value,
            fingerprintAlgorithm: fingerprint.algorithm.rawValue,
            base64Certificate: Data(der).base64EncodedString())
    }
}
