internal import DTLS
internal import ICE
internal import NetworkLoop
internal import RTP
internal import TransportTypes

extension ConnectionTransport {
    /// The entries about a transport: itself, its pair and candidates, and the peer's certificate.
    ///
    /// - Parameters:
    ///   - role: our part in DTLS, once known.
    ///   - roundTrip: where something measures it.
    func stats(_ timestamp: Double, role: DTLSRole?, roundTrip: Duration?) -> [Stats] {
        guard let agent = path else { return [] }
        let counters = agent.statistics
        let parameters = session?.parameters
        let pair = ice.selectedCandidatePair
        statsCache.update(agent, ice.remoteCandidates, pair, dtls.remoteCertificates.first, of: id)
        var entries = statsCache.entries(timestamp)
        if let ends = statsCache.pair {
            entries.append(
                .candidatePair(
                    CandidatePairStats(
                        id: "CP\(id)", timestamp: timestamp, transportId: "T\(id)", localCandidateId: ends.local.id,
                        remoteCandidateId: ends.remote.id, state: "succeeded", nominated: true,
                        packetsSent: counters.packetsSent, packetsReceived: counters.packetsReceived,
                        bytesSent: counters.bytesSent, bytesReceived: counters.bytesReceived,
                        lastPacketSentTimestamp: wallClock(counters.lastSent, timestamp),
                        lastPacketReceivedTimestamp: wallClock(counters.lastReceived, timestamp),
                        currentRoundTripTime: roundTrip.map { $0 / .seconds(1) },
                        availableOutgoingBitrate: media?.availableBitrate.map(Double.init),
                        packetsDiscardedOnSend: counters.packetsDropped, bytesDiscardedOnSend: counters.bytesDropped)))
        }
        entries.append(
            .transport(
                TransportStats(
                    id: "T\(id)", timestamp: timestamp, packetsSent: counters.packetsSent,
                    packetsReceived: counters.packetsReceived, bytesSent: counters.bytesSent,
                    bytesReceived: counters.bytesReceived, ccfbMessagesSent: media?.rtp?.sourceFeedbackSent,
                    ccfbMessagesReceived: media?.rtp?.sourceFeedbackReceived, iceRole: agent.role.rawValue,
                    iceLocalUsernameFragment: agent.localCredentials?.usernameFragment,
                    iceState: agent.state.rawValue, dtlsState: dtlsState.rawValue,
                    dtlsRole: role.map { "\($0)" } ?? "unknown", tlsVersion: parameters?.tlsVersion,
                    dtlsCipher: parameters?.cipher, srtpCipher: parameters?.srtpProfile?.name,
                    selectedCandidatePairId: statsCache.pair == nil ? nil : "CP\(id)",
                    selectedCandidatePairChanges: selectedPairChanges, localCertificateId: "CL",
                    remoteCertificateId: statsCache.remoteCertificate?.id)))
        return entries
    }

    /// A moment of the loop's clock in milliseconds since 1970, given the time now.
    func wallClock(_ moment: Duration?, _ timestamp: Double) -> Double? {
        moment.map { timestamp - (loop.now - $0) / .milliseconds(1) }
    }
}
