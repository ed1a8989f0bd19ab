import DTLS
import Foundation
import ICE
import JSEP
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

/// Connections that do not connect, and what they say about it.
@Suite("why a connection did not connect", .timeLimit(.minutes(3)))
struct DiagnosisLoopbackTests {
    /// Exchanges the whole descriptions, the answer changed on its way, and waits for the offerer's failure.
    private func failure(_ pair: (a: PeerConnection, b: PeerConnection), _ change: (String) -> String) async throws
        -> ConnectionDiagnosis
    {
        _ = try await pair.a.createDataChannel("test")
        try await pair.a.setLocalDescription()
        await pair.a.gatheringComplete()
        try await pair.b.setRemoteDescription(try #require(pair.a.localDescription))
        try await pair.b.setLocalDescription()
        await pair.b.gatheringComplete()
        let answer = change(try #require(pair.b.localDescription).sdp)
        try await pair.a.setRemoteDescription(SessionDescription(type: .answer, sdp: answer))
        for await state in pair.a.connectionStates where state == .failed { break }
        return pair.a.diagnosis
    }

    private func ends() throws -> (a: PeerConnection, b: PeerConnection) {
        let configuration = ConnectedPair.loopback
        return (try PeerConnection(configuration: configuration), try PeerConnection(configuration: configuration))
    }

    @Test("a connection that is up says so; one that was closed, too")
    func connected() async throws {
        let pair = try ConnectedPair()
        #expect(pair.a.diagnosis.step == .localDescription)
        _ = try await pair.channel()
        #expect(pair.a.diagnosis.verdict == .good)
        for end in [pair.a, pair.b] { #expect(end.sctp?.transport.iceTransport.all.hasHeardCheck == true) }
        await pair.close()
        #expect(pair.a.diagnosis.step == .closed)
    }

    @Test("another certificate than announced is named")
    func wrongFingerprint() async throws {
        let pair = try ends()
        let other = try Certificate.generate().fingerprint(.sha256)
        let diagnosis = try await failure(pair) { sdp in
            sdp.split(separator: "\r\n").map { $0.hasPrefix("a=fingerprint:") ? "a=fingerprint:\(other)" : String($0) }
                .joined(separator: "\r\n") + "\r\n"
        }
        #expect(diagnosis.step == .fingerprint && diagnosis.verdict == .bad)
        #expect(diagnosis.advice != nil)
        pair.a.close()
        pair.b.close()
    }

    @Test("a peer that cannot be reached is told with the pairs that were tried")
    func unreachable() async throws {
        let pair = try ends()
        let diagnosis = try await failure(pair) { sdp in
            // Nobody has port 9, and the peer's own checks do not get through to a closed connection.
            pair.b.close()
            return sdp.replacing(/127\.0\.0\.1 \d+ typ/, with: "127.0.0.1 9 typ")
        }
        #expect(diagnosis.step == .checks && diagnosis.verdict == .bad)
        #expect(diagnosis.details.contains { $0.hasSuffix("to host 127.0.0.1:9/udp") })
        pair.a.close()
    }

    @Test("an answer that never reached the offerer is the first thing to look at, at the answering end")
    func lostAnswer() async throws {
        var configuration = ConnectedPair.loopback
        configuration.ice.pacTimer = .milliseconds(500)
        let pair = (
            a: try PeerConnection(configuration: configuration), b: try PeerConnection(configuration: configuration)
        )
        _ = try await pair.a.createDataChannel("test")
        _ = try await pair.b.answer(to: try await pair.a.offer())
        let error = await #expect(throws: WebRTCError.self) { try await pair.b.connected(within: .seconds(100)) }
        #expect(error?.message.contains("our answer has reached the peer") == true)
        #expect(pair.b.diagnosis.step == .checks && pair.b.diagnosis.verdict == .bad)
        pair.a.close()
        pair.b.close()
    }

    @Test("a restart whose offer nobody makes is told, until it is made")
    func neededOffer() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        let (one, other) = MemorySignaling.pair()
        _ = PerfectNegotiator(pair.a, over: one, polite: true)
        let negotiator = PerfectNegotiator(pair.b, over: other, polite: false)
        await pair.a.restartICE()
        #expect(pair.a.diagnosis.step == .localDescription && pair.a.diagnosis.verdict == .waiting)
        #expect(pair.a.diagnosis.text.contains("an offer is needed"))
        try await pair.negotiate()
        #expect(pair.a.diagnosis.step != .localDescription)
        #expect(pair.a.signalingState == .stable && one.sent.isEmpty)
        negotiator.close()
        await pair.close()
    }

    @Test("a connection without any address says that it has none")
    func noCandidates() async throws {
        var configuration = ConnectedPair.loopback
        configuration.ice.interfaceFilter = { _ in false }
        let connection = try PeerConnection(configuration: configuration)
        _ = try await connection.createDataChannel("test")
        try await connection.setLocalDescription()
        await connection.gatheringComplete()
        let diagnosis = connection.diagnosis
        #expect(diagnosis.step == .localCandidates && diagnosis.verdict == .bad)
        connection.close()
    }

    @Test("a TURN server that does not answer is named, and what it failed with")
    func deadRelay() async throws {
        var configuration = ConnectedPair.loopback
        configuration.iceServers = [ICEServer(urls: ["turn:127.0.0.1:9"], username: "alice", credential: "secret")]
        configuration.iceTransportPolicy = .relay
        let connection = try PeerConnection(configuration: configuration)
        _ = try await connection.createDataChannel("test")
        try await connection.setLocalDescription()
        await connection.gatheringComplete()
        let diagnosis = connection.diagnosis
        #expect(diagnosis.step == .relay && diagnosis.verdict == .bad)
        #expect(diagnosis.text.contains("turn:127.0.0.1:9"))
        #expect(diagnosis.details.contains { $0.contains("701") })
        connection.close()
    }
}
