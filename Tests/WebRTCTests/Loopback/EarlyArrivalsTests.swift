import DTLS
import ICE
import JSEP
import NetworkLoop
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

@Suite("What comes before its time", .timeLimit(.minutes(3)))
struct EarlyArrivalsTests {
    @Test("a ClientHello that overtakes the answer is answered when the pair is there, without being sent again")
    func clientHello() async throws {
        let pair = try ConnectedPair()
        let channel = try await pair.a.createDataChannel("early")
        let offer = try await pair.a.createOffer()
        try await pair.b.setRemoteDescription(offer)
        try await pair.a.setLocalDescription(offer)
        try await pair.b.setLocalDescription()
        let hello = await pair.b.startHandshakeOnce()
        #expect(hello.first == 22)
        await pair.a.arrive(hello)
        try await pair.a.setRemoteDescription(try #require(pair.b.localDescription))
        try await channel.opened()
        await pair.close()
    }

    @Test("the end of the peer's candidates waits for the names among them")
    func endOfCandidates() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.a.createDataChannel("names")
        let offer = try await pair.a.createOffer()
        let name = "11111111-2222-4333-8444-555555555555.local"
        let sdp = offer.sdp.replacing(
            "a=ice-ufrag", with: "a=candidate:1 1 udp 1 \(name) 9 typ host\r\na=end-of-candidates\r\na=ice-ufrag")
        try await pair.b.setRemoteDescription(SessionDescription(type: .offer, sdp: sdp))
        try await pair.b.setLocalDescription()
        #expect(await pair.b.hasRemoteEnded == false)
        let candidate = try ICECandidate(parsing: "candidate:1 1 udp 1 \(name) 9 typ host")
        await pair.b.resolved(candidate, addresses: ["127.0.0.1"])
        #expect(await pair.b.hasRemoteEnded == true)
        #expect(await pair.b.remoteAddresses == ["127.0.0.1"])
        await pair.close()
    }
}

@Suite("External addresses", .timeLimit(.minutes(3)))
struct ExternalAddressTests {
    @Test("are what the peer is told, in the description and trickled, and the connection comes about")
    func connection() async throws {
        var configuration = ConnectedPair.loopback
        configuration.ice.externalAddresses = [ExternalAddress("198.51.100.7", for: "127.0.0.1")]
        let pair = try ConnectedPair(configuration)
        let trickled = pair.a.iceCandidates
        let (a, b) = try await pair.channel()
        try await a.send("through")
        #expect(try await b.receive() == .text("through"))
        var candidates: [ICECandidate] = []
        for await candidate in trickled {
            guard let line = candidate?.candidate, !line.isEmpty else { break }
            candidates.append(try ICECandidate(parsing: line))
        }
        #expect(!candidates.isEmpty && candidates.allSatisfy { $0.address == "198.51.100.7" })
        let sdp = try #require(pair.a.localDescription?.sdp)
        #expect(sdp.contains(" 198.51.100.7 ") && !sdp.contains("127.0.0.1 "))
        #expect(await pair.a.selectedLocalAddress == "198.51.100.7")
        await pair.close()
    }

    @Test("that cannot be one are refused with the place of the mistake")
    func refused() throws {
        var configuration = ConnectedPair.loopback
        configuration.ice.externalAddresses = ["203.0.113.5", "my.host.example"]
        let error = #expect(throws: WebRTCError.self) { try PeerConnection(configuration: configuration) }
        #expect(error?.code == .range)
        #expect(error?.message.contains("ice.externalAddresses[1]") == true)
    }
}

extension PeerConnection {
    private var transport: ConnectionTransport? { transports.first }
    private var agent: ICEAgent? { transport?.path as? ICEAgent }

    /// Begins the handshake as a peer that has its pair; the first flight is returned, and never sent again.
    fileprivate func startHandshakeOnce() -> [UInt8] {
        guard let transport, let session = transport.session else { return [] }
        session.start(now: LoopClock.monotonic.now)
        defer { transport.batch.removeAll() }
        return transport.batch.bytes
    }

    fileprivate func arrive(_ datagram: [UInt8]) {
        transport?.receive(datagram.span, segmentSize: max(1, datagram.count))
    }

    fileprivate var hasRemoteEnded: Bool? { agent?.hasRemoteEnded }

    fileprivate var remoteAddresses: [String]? { agent?.remoteCandidates.map(\.address) }

    fileprivate func resolved(_ candidate: ICECandidate, addresses: [String]) {
        guard let transport, let credentials = transport.remoteCredentials else { return }
        transport.resolved(candidate, addresses: addresses, for: credentials)
    }

    fileprivate var selectedLocalAddress: String? { agent?.selectedPair?.local.address }
}
