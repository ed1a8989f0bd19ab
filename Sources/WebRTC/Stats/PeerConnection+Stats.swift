internal import DTLS
internal import Foundation
internal import ICE
internal import SCTP
internal import Synchronization

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
        guard let stack, let ice = stack.ice else { return StatsReport(entries) }
        let counters = ice.statistics
        let parameters = stack.dtls?.parameters
        let pair = iceTransport?.selectedCandidatePair
        let roundTripTime = data?.association?.statistics.smoothedRoundTripTime
        for candidate in ice.localCandidates {
            entries.append(.localCandidate(CandidateStats(candidate, prefix: "L", timestamp: timestamp)))
        }
        for candidate in iceTransport?.remoteCandidates ?? [] {
            entries.append(.remoteCandidate(CandidateStats(candidate, prefix: "R", timestamp: timestamp)))
        }
        if let pair {
            // The pair's ends may be peer-reflexive, and so not among the gathered and the signalled ones.
            entries.append(.localCandidate(CandidateStats(pair.local, prefix: "L", timestamp: timestamp)))
            entries.append(.remoteCandidate(CandidateStats(pair.remote, prefix: "R", timestamp: timestamp)))
            entries.append(
                .candidatePair(
                    CandidatePairStats(
                        id: "CP", timestamp: timestamp, transportId: "T",
                        localCandidateId: CandidateStats.id(of: pair.local, prefix: "L"),
                        remoteCandidateId: CandidateStats.id(of: pair.remote, prefix: "R"), state: "succeeded",
                        nominated: true, packetsSent: counters.packetsSent, packetsReceived: counters.packetsReceived,
                        bytesSent: counters.bytesSent, bytesReceived: counters.bytesReceived,
                        currentRoundTripTime: roundTripTime.flatMap { $0 > 0 ? Double($0) / 1000 : nil })))
        }
        if let local = CertificateStats(certificate.der, id: "CL", timestamp) { entries.append(.certificate(local)) }
        let remoteDER = dtlsTransport?.remoteCertificates.first
        if let remoteDER, let remote = CertificateStats(remoteDER, id: "CR", timestamp) {
            entries.append(.certificate(remote))
        }
        entries.append(
            .transport(
                TransportStats(
                    id: "T", timestamp: timestamp, packetsSent: counters.packetsSent,
                    packetsReceived: counters.packetsReceived, bytesSent: counters.bytesSent,
                    bytesReceived: counters.bytesReceived, iceRole: ice.role.rawValue,
                    iceLocalUsernameFragment: ice.localCredentials?.usernameFragment, iceState: ice.state.rawValue,
                    dtlsState: stack.dtlsState.rawValue, dtlsRole: negotiation.dtlsRole.map { "\($0)" } ?? "unknown",
                    tlsVersion: parameters?.tlsVersion, dtlsCipher: parameters?.cipher,
                    srtpCipher: parameters?.srtpProfile?.name, selectedCandidatePairId: pair == nil ? nil : "CP",
                    selectedCandidatePairChanges: selectedPairChanges, localCertificateId: "CL",
                    remoteCertificateId: remoteDER == nil ? nil : "CR")))
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
    fileprivate init?(_ der: [UInt8], id: String, _ timestamp: Double) {
        guard let fingerprint = try? Fingerprint(of: der, .sha256) else { return nil }
        self.init(
            id: id, timestamp: timestamp, fingerprint: fingerprint.value,
            fingerprintAlgorithm: fingerprint.algorithm.rawValue,
            base64Certificate: Data(der).base64EncodedString())
    }
}

extension CandidateStats {
    fileprivate init(_ candidate: ICECandidate, prefix: String, timestamp: Double) {
        // An address that we only know from the peer's checks is not shown (W3C webrtc-stats §address).
        let isHidden = prefix == "R" && candidate.kind == .peerReflexive
        self.init(
            id: Self.id(of: candidate, prefix: prefix), timestamp: timestamp, transportId: "T",
            address: isHidden ? nil : candidate.address, port: candidate.port,
            protocol: candidate.transport.rawValue.lowercased(), candidateType: candidate.kind.rawValue,
            priority: candidate.priority, foundation: candidate.foundation, relatedAddress: candidate.relatedAddress,
            relatedPort: candidate.relatedPort, usernameFragment: candidate.usernameFragment,
            tcpType: candidate.tcpType?.rawValue)
    }

    fileprivate static func id(of candidate: ICECandidate, prefix: String) -> String {
        let transport = candidate.transport.rawValue.lowercased()
        return "\(prefix)\(candidate.kind.rawValue)-\(transport)-\(candidate.address)-\(candidate.port)"
    }
}
