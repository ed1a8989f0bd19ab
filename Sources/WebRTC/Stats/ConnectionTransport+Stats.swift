internal import DTLS
internal import ICE

extension ConnectionTransport {
    /// The entries about a transport: itself, its pair and candidates, and the peer's certificate.
    ///
    /// - Parameters:
    ///   - role: our part in DTLS, once known.
    ///   - roundTripTime: in milliseconds, where something measures it.
    func stats(_ timestamp: Double, role: DTLSRole?, roundTripTime: Int?) -> [Stats] {
        guard let agent = stack.ice else { return [] }
        let counters = agent.statistics
        let parameters = stack.dtls?.parameters
        let pair = ice.selectedCandidatePair
        var entries: [Stats] = agent.localCandidates.map { .localCandidate(stats(of: $0, "L", timestamp)) }
        entries += ice.remoteCandidates.map { .remoteCandidate(stats(of: $0, "R", timestamp)) }
        if let pair {
            // The pair's ends may be peer-reflexive, and so not among the gathered and the signalled ones.
            let (local, remote) = (stats(of: pair.local, "L", timestamp), stats(of: pair.remote, "R", timestamp))
            entries += [.localCandidate(local), .remoteCandidate(remote)]
            entries.append(
                .candidatePair(
                    CandidatePairStats(
                        id: "CP\(id)", timestamp: timestamp, transportId: "T\(id)", localCandidateId: local.id,
                        remoteCandidateId: remote.id, state: "succeeded", nominated: true,
                        packetsSent: counters.packetsSent, packetsReceived: counters.packetsReceived,
                        bytesSent: counters.bytesSent, bytesReceived: counters.bytesReceived,
                        currentRoundTripTime: roundTripTime.flatMap { $0 > 0 ? Double($0) / 1000 : nil })))
        }
        let remote = dtls.remoteCertificates.first.flatMap { CertificateStats($0, id: "CR\(id)", timestamp) }
        if let remote { entries.append(.certificate(remote)) }
        entries.append(
            .transport(
                TransportStats(
                    id: "T\(id)", timestamp: timestamp, packetsSent: counters.packetsSent,
                    packetsReceived: counters.packetsReceived, bytesSent: counters.bytesSent,
                    bytesReceived: counters.bytesReceived, iceRole: agent.role.rawValue,
                    iceLocalUsernameFragment: agent.localCredentials?.usernameFragment,
                    iceState: agent.state.rawValue, dtlsState: stack.dtlsState.rawValue,
                    dtlsRole: role.map { "\($0)" } ?? "unknown", tlsVersion: parameters?.tlsVersion,
                    dtlsCipher: parameters?.cipher, srtpCipher: parameters?.srtpProfile?.name,
                    selectedCandidatePairId: pair == nil ? nil : "CP\(id)",
                    selectedCandidatePairChanges: selectedPairChanges, localCertificateId: "CL",
                    remoteCertificateId: remote?.id)))
        return entries
    }

    private func stats(of candidate: ICECandidate, _ prefix: String, _ timestamp: Double) -> CandidateStats {
        CandidateStats(candidate, prefix: prefix, of: id, timestamp)
    }
}

extension CandidateStats {
    fileprivate init(_ candidate: ICECandidate, prefix: String, of transport: Int, _ timestamp: Double) {
        // An address that we only know from the peer's checks is not shown (W3C webrtc-stats §address).
        let isHidden = prefix == "R" && candidate.kind == .peerReflexive
        self.init(
            id: Self.id(of: candidate, prefix: prefix, of: transport), timestamp: timestamp,
            transportId: "T\(transport)",
            address: isHidden ? nil : candidate.address, port: candidate.port,
            protocol: candidate.transport.rawValue.lowercased(), candidateType: candidate.kind.rawValue,
            priority: candidate.priority, foundation: candidate.foundation, relatedAddress: candidate.relatedAddress,
            relatedPort: candidate.relatedPort, usernameFragment: candidate.usernameFragment,
            tcpType: candidate.tcpType?.rawValue)
    }

    fileprivate static func id(of candidate: ICECandidate, prefix: String, of number: Int) -> String {
        let transport = candidate.transport.rawValue.lowercased()
        return "\(prefix)\(number)-\(candidate.kind.rawValue)-\(transport)-\(candidate.address)-\(candidate.port)"
    }
}
