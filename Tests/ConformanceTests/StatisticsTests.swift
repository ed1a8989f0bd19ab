import Foundation
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("STA: getStats", .timeLimit(.minutes(3)))
struct StatisticsTests {
    @Test("STA-01 a fresh connection has an entry about itself")
    func fresh() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        let stats = try #require(await connection.getStats().peerConnection)
        #expect(stats.dataChannelsOpened == 0 && stats.dataChannelsClosed == 0)
    }

    @Test("STA-05 the time of a report lies within the call that made it")
    func timestamp() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        let before = Date().timeIntervalSince1970 * 1000
        let first = try #require(await connection.getStats().peerConnection?.timestamp)
        let second = try #require(await connection.getStats().peerConnection?.timestamp)
        #expect(before <= first && first <= second && second <= Date().timeIntervalSince1970 * 1000)
    }

    @Test("STA-06, STA-13 connected: the transport, its pair and both certificates are there and refer to each other")
    func transport() async throws {
        let start = ContinuousClock.now
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        try await a.send("ping")
        _ = try await b.receive()
        let report = await pair.a.getStats()
        let transport = try #require(report.transport)
        #expect(transport.bytesSent > 0 && transport.bytesReceived > 0)
        #expect(transport.packetsSent > 0 && transport.packetsReceived > 0)
        #expect(transport.dtlsState == "connected" && transport.selectedCandidatePairChanges >= 1)
        let selected = try #require(report.selectedCandidatePair)
        #expect(selected.id == transport.selectedCandidatePairId && selected.transportId == transport.id)
        #expect(selected.state == "succeeded" && selected.nominated)
        #expect(selected.bytesSent > 0 && selected.bytesReceived > 0)
        let (sent, received) = (selected.lastPacketSentTimestamp ?? 0, selected.lastPacketReceivedTimestamp ?? 0)
        #expect((selected.timestamp - 60_000...selected.timestamp).contains(sent))
        #expect((selected.timestamp - 60_000...selected.timestamp).contains(received))
        // In seconds, and of those no more than have passed since the connection was made.
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        #expect(selected.currentRoundTripTime.map { $0 > 0 && $0 < elapsed } ?? true)
        #expect(report[selected.localCandidateId]?.kind == .localCandidate)
        #expect(report[selected.remoteCandidateId]?.kind == .remoteCandidate)
        for id in [transport.localCertificateId, transport.remoteCertificateId] {
            #expect(report[try #require(id)]?.kind == .certificate)
        }
        await pair.close()
    }

    @Test("STA-07 candidates have address, port, protocol and type; the connection counts its channels")
    func candidates() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        a.close()
        await b.closed()
        let report = await pair.b.getStats()
        #expect(report.peerConnection?.dataChannelsOpened == 1 && report.peerConnection?.dataChannelsClosed == 1)
        var locals = 0
        for case .localCandidate(let stats) in report.entries.values {
            locals += 1
            #expect(stats.address == "127.0.0.1" && stats.port > 0 && stats.protocol == "udp")
            #expect(["host", "srflx", "prflx", "relay"].contains(stats.candidateType))
        }
        #expect(locals > 0)
        await pair.close()
    }

    @Test("a report shows candidates and pairs that have come since the one before, each by itself")
    func later() async throws {
        let pair = try ConnectedPair()
        func count(_ kind: Stats.Kind) async -> Int {
            await pair.a.getStats().entries.values.filter { $0.kind == kind }.count
        }
        let channel = try await pair.a.createDataChannel("test")
        #expect(await count(.localCandidate) == 0)
        try await pair.a.setLocalDescription()
        await pair.a.gatheringComplete()
        #expect(await count(.localCandidate) == 1)
        #expect(await count(.remoteCandidate) == 0)
        try await pair.b.setRemoteDescription(#require(pair.a.localDescription))
        try await pair.b.setLocalDescription()
        await pair.b.gatheringComplete()
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        #expect(await count(.remoteCandidate) >= 1)
        try await channel.opened()
        #expect(await count(.candidatePair) == 1)
        await pair.close()
    }

    @Test("a report is a flat object by id in JSON, with the names and types of a browser's")
    func json() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        let report = await pair.a.getStats()
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(StatsReport.self, from: data) == report)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]])
        for (id, entry) in object {
            #expect(entry["id"] as? String == id && entry["type"] is String && entry["timestamp"] is Double)
            // The default is that nothing nests, but for what RTP has.
            #expect(entry.values.allSatisfy { !($0 is [Any]) && !($0 is [String: Any]) })
        }
        let types = Set(object.values.compactMap { $0["type"] as? String })
        #expect(
            types == [
                "peer-connection", "transport", "candidate-pair", "local-candidate", "remote-candidate", "certificate",
                "data-channel",
            ])
        let transport = try #require(object.values.first { $0["type"] as? String == "transport" })
        let names = [
            "packetsSent", "packetsReceived", "bytesSent", "bytesReceived", "iceRole", "iceLocalUsernameFragment",
            "iceState", "dtlsState", "dtlsRole", "tlsVersion", "dtlsCipher", "selectedCandidatePairId",
            "selectedCandidatePairChanges", "localCertificateId", "remoteCertificateId",
        ]
        for name in names { #expect(transport[name] != nil, "transport lacks \(name)") }
        await pair.close()
    }

    @Test("STA-14 a remote candidate known from checks alone has neither address nor fragment until it is signalled")
    func peerReflexive() async throws {
        let a = try PeerConnection(configuration: ConnectedPair.loopback)
        let b = try PeerConnection(configuration: ConnectedPair.loopback)
        let channel = try await a.createDataChannel("chat")
        // As it is before anything has been gathered.
        let offer = try await a.createOffer()
        try await a.setLocalDescription(offer)
        try await b.setRemoteDescription(offer)
        try await b.setLocalDescription()
        try await a.setRemoteDescription(try #require(b.localDescription))
        // Only b's candidates are told; b learns a's from the checks.
        for await candidate in b.iceCandidates {
            try await a.addICECandidate(candidate)
            if candidate == nil { break }
        }
        try await channel.opened()
        for await state in b.connectionStates where state == .connected { break }
        func remote() async throws -> CandidateStats {
            let report = await b.getStats()
            let id = try #require(report.selectedCandidatePair?.remoteCandidateId)
            guard case .remoteCandidate(let stats) = report[id] else { throw CocoaError(.keyValueValidation) }
            return stats
        }
        let before = try await remote()
        #expect(before.candidateType == "prflx" && before.address == nil && before.usernameFragment == nil)
        #expect(!before.id.contains("127.0.0.1"))
        for await candidate in a.iceCandidates {
            try await b.addICECandidate(candidate)
            if candidate == nil { break }
        }
        let after = try await remote()
        #expect(after.address == "127.0.0.1" && after.usernameFragment == a.localDescription?.fragments.first)
        a.close()
        b.close()
    }

    @Test("STA-11 after setting an offer the transport is new, in the controlling part and with the offer's fragment")
    func afterOffer() async throws {
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        defer { connection.close() }
        _ = try await connection.createDataChannel("data")
        try await connection.setLocalDescription()
        let transport = try #require(await connection.getStats().transport)
        #expect(transport.dtlsState == "new" && transport.dtlsRole == "unknown")
        #expect(transport.iceState == "new" && transport.iceRole == "controlling")
        #expect(transport.iceLocalUsernameFragment == connection.localDescription?.fragments.first)
        #expect(transport.selectedCandidatePairChanges == 0 && transport.selectedCandidatePairId == nil)
    }

    @Test("STA-15 each channel has an entry of its own, which begins at 0 and counts")
    func dataChannels() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel("one", DataChannelOptions(protocol: "proto"))
        _ = try await pair.channel("two")
        let before = await pair.a.getStats().dataChannels
        #expect(before.map(\.label) == ["one", "two"])
        #expect(before[0].protocol == "proto" && before[0].dataChannelIdentifier == a.id && before[0].state == .open)
        #expect(before.allSatisfy { $0.messagesSent == 0 && $0.bytesSent == 0 && $0.messagesReceived == 0 })
        try await a.send("12345")
        _ = try await b.receive()
        let sent = try #require(await pair.a.getStats().dataChannels.first)
        #expect(sent.messagesSent == 1 && sent.bytesSent == 5)
        let received = try #require(await pair.b.getStats().dataChannels.first)
        #expect(received.messagesReceived == 1 && received.bytesReceived == 5)
        await pair.close()
    }
}
