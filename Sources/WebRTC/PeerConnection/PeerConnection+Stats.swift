internal import DTLS
internal import Foundation
internal import ICE
internal import JSEP
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
        // Each report asks for a new measurement, for the next one.
        data?.association?.measureRoundTrip()
        let roundTrip = data?.association?.statistics.roundTrip
        for transport in transports {
            let isMeasured = transport === data?.transport
            entries += transport.stats(
                timestamp, role: plan.transport(transport.id)?.role,
                roundTrip: isMeasured ? roundTrip : nil)
        }
        return StatsReport(entries)
    }
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
