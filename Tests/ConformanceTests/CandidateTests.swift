import Foundation
import ICE
import JSEP
import Testing
import TransportTypes
import WebRTC
import WebRTCTestSupport

@Suite("CND: ICE candidates", .timeLimit(.minutes(3)))
struct CandidateTests {
    private static let line = "candidate:1 1 udp 2113929471 203.0.113.100 10100 typ host"
    private static let other = "candidate:2 1 udp 1845501695 192.0.2.4 10120 typ srflx raddr 203.0.113.100 rport 10100"

    /// An offer of audio (mid `a1`, fragment `audi`) and data (mid `d1`, fragment `data`).
    private static let offer = SessionDescription(
        type: .offer,
        sdp: ([
            "v=0", "o=- 166855176514521964 2 IN IP4 127.0.0.1", "s=-", "t=0 0",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=mid:a1", "a=ice-ufrag:audi", "a=rtcp-mux",
            "a=rtpmap:111 opus/48000/2", "a=sendonly",
        ] + shared + [
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:d1", "a=ice-ufrag:data",
            "a=sctp-port:5000",
        ] + shared).map { $0 + "\r\n" }.joined())
    private static let shared = [
        "a=ice-pwd:someotherpasswordofice12", "a=setup:actpass",
        "a=fingerprint:sha-256 " + [String](repeating: "0A", count: 32).joined(separator: ":"),
    ]

    private func answering() async throws -> PeerConnection {
        let connection = try PeerConnection()
        try await connection.setRemoteDescription(Self.offer)
        return connection
    }

    /// The sections of the remote description, from their `m=` line on.
    private func sections(_ connection: PeerConnection) throws -> [Substring] {
        let text = try #require(connection.remoteDescription).sdp
        let data = try #require(text.firstRange(of: "m=application")).lowerBound
        return [text[..<data], text[data...]]
    }

    @Test("CND-01, CND-13 a candidate that names no section is a TypeError, whatever its text")
    func noSection() async throws {
        let connection = try await answering()
        defer { connection.close() }
        for text in [Self.line, "bogus", " "] {
            await expect(.type) { try await connection.addICECandidate(ICECandidateInit(candidate: text)) }
            await expect(.type) {
                try await connection.addICECandidate(
                    ICECandidateInit(candidate: text, usernameFragment: "data"))
            }
        }
    }

    @Test("CND-02, CND-03 a candidate needs only its section, and is not read before it is added")
    func initializer() {
        let byMid = ICECandidateInit(sdpMid: "audio")
        #expect(byMid.candidate.isEmpty && byMid.sdpMLineIndex == nil && byMid.usernameFragment == nil)
        let byIndex = ICECandidateInit(sdpMLineIndex: 65535)
        #expect(byIndex.candidate.isEmpty && byIndex.sdpMid == nil && byIndex.sdpMLineIndex == 65535)
        #expect(ICECandidateInit(candidate: "not a candidate", sdpMid: "none").candidate == "not a candidate")
    }

    @Test("CND-04 a host candidate's line is read into its parts")
    func parts() throws {
        let candidate = try ICECandidate(parsing: Self.line)
        #expect(candidate.foundation == "1" && candidate.component == 1 && candidate.priority == 2_113_929_471)
        #expect(candidate.address == "203.0.113.100" && candidate.port == 10100)
        #expect(candidate.transport == .udp && candidate.kind == .host)
        #expect(candidate.tcpType == nil && candidate.relatedAddress == nil && candidate.relatedPort == nil)
        let named = ICECandidateInit(candidate: Self.line, sdpMid: "0", usernameFragment: "user1")
        #expect(named.usernameFragment == "user1")
    }

    @Test("CND-06 a candidate's JSON has the browsers' four members and no others; others are skipped")
    func json() throws {
        let candidate = ICECandidateInit(
            candidate: Self.line, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "user1")
        let text = try JSONEncoder().encode(candidate)
        let members = try #require(JSONSerialization.jsonObject(with: text) as? [String: Any])
        #expect(Set(members.keys) == ["candidate", "sdpMid", "sdpMLineIndex", "usernameFragment"])
        let more = #"{"candidate":"\#(Self.line)","sdpMid":"0","relayProtocol":"udp","url":"turn:example.org"}"#
        let read = try JSONDecoder().decode(ICECandidateInit.self, from: Data(more.utf8))
        #expect(read == ICECandidateInit(candidate: Self.line, sdpMid: "0"))
    }

    @Test("CND-07 without a remote description, or after close, adding one is an InvalidStateError")
    func wrongState() async throws {
        let connection = try PeerConnection()
        let candidate = ICECandidateInit(candidate: Self.line, sdpMid: "d1")
        await expect(.invalidState) { try await connection.addICECandidate(candidate) }
        try await connection.setRemoteDescription(Self.offer)
        try await connection.addICECandidate(candidate)
        connection.close()
        await expect(.invalidState) { try await connection.addICECandidate(candidate) }
    }

    @Test("CND-08 nil, an empty text and an empty candidate end the candidates of every section")
    func end() async throws {
        for end in [nil, ICECandidateInit(), ICECandidateInit(candidate: "")] {
            let connection = try await answering()
            defer { connection.close() }
            try await connection.addICECandidate(end)
            #expect(try sections(connection).allSatisfy { $0.contains("a=end-of-candidates") })
            try await connection.setLocalDescription()
            #expect(connection.signalingState == .stable)
            try await connection.addICECandidate(end)
        }
    }

    @Test("CND-10, CND-11 a candidate by mid, index or both comes into that section, with or without its fragment")
    func section() async throws {
        let ways: [ICECandidateInit] = [
            .init(candidate: Self.line, sdpMid: "d1"), .init(candidate: Self.line, sdpMLineIndex: 1),
            .init(candidate: Self.line, sdpMid: "d1", sdpMLineIndex: 1),
            .init(candidate: Self.line, sdpMid: "d1", sdpMLineIndex: 1, usernameFragment: "data"),
        ]
        for way in ways {
            let connection = try await answering()
            defer { connection.close() }
            try await connection.addICECandidate(way)
            try await connection.addICECandidate(ICECandidateInit(candidate: Self.other, sdpMid: "a1"))
            let found = try sections(connection)
            #expect(!found[0].contains(Self.line) && found[1].contains("a=\(Self.line)\r\n"))
            #expect(found[0].contains("a=\(Self.other)\r\n") && !found[1].contains(Self.other))
        }
    }

    @Test("CND-12 a candidate and then the end of candidates are both in the section")
    func candidateAndEnd() async throws {
        let connection = try await answering()
        defer { connection.close() }
        try await connection.addICECandidate(ICECandidateInit(candidate: Self.line, sdpMid: "d1"))
        try await connection.addICECandidate(ICECandidateInit(sdpMid: "d1", usernameFragment: "data"))
        let found = try sections(connection)
        #expect(found[1].contains(Self.line) && found[1].contains("a=end-of-candidates"))
        #expect(!found[0].contains("a=end-of-candidates"))
    }

    @Test("CND-14, CND-16, CND-17 an unknown section or fragment and a malformed text are OperationErrors")
    func refused() async throws {
        let connection = try await answering()
        defer { connection.close() }
        let before = connection.remoteDescription
        let candidates: [ICECandidateInit] = [
            .init(candidate: Self.line, sdpMid: "invalid"), .init(candidate: Self.line, sdpMLineIndex: 2),
            .init(candidate: Self.line, sdpMid: "a1", usernameFragment: "invalid"),
            .init(candidate: Self.line, sdpMid: "a1", usernameFragment: "data"),
            .init(candidate: Self.line, sdpMLineIndex: 0, usernameFragment: "data"),
            .init(usernameFragment: "invalid"), .init(candidate: "(malformed)", sdpMid: "a1"),
        ]
        for candidate in candidates {
            await expect(.operation) { try await connection.addICECandidate(candidate) }
        }
        #expect(connection.remoteDescription == before)
    }

    @Test("CND-18 candidates towards one end only are enough", arguments: [true, false])
    func oneWay(towardsOfferer: Bool) async throws {
        let (offerer, answerer) = (
            try PeerConnection(configuration: ConnectedPair.loopback),
            try PeerConnection(configuration: ConnectedPair.loopback)
        )
        let (source, sink) = towardsOfferer ? (answerer, offerer) : (offerer, answerer)
        let candidates = source.iceCandidates
        let seen = sink.connectionStates
        let channel = try await offerer.createDataChannel("data")
        let offer = try await offerer.createOffer()
        try await answerer.setRemoteDescription(offer)
        try await offerer.setLocalDescription(offer)
        let answer = try await answerer.createAnswer()
        try await offerer.setRemoteDescription(answer)
        try await answerer.setLocalDescription(answer)
        let pump = Task { for await candidate in candidates { try await sink.addICECandidate(candidate) } }
        try await channel.opened()
        #expect(await states(seen, until: .connected) == [.new, .connecting, .connected])
        pump.cancel()
        offerer.close()
        answerer.close()
    }

    @Test("CND-19 with candidates both ways ICE is new, checking, connected")
    func stateSequence() async throws {
        let pair = try ConnectedPair()
        let (statesOfA, statesOfB) = (pair.a.iceConnectionStates, pair.b.iceConnectionStates)
        _ = try await pair.channel()
        #expect(await states(statesOfA, until: .connected) == [.new, .checking, .connected])
        #expect(await states(statesOfB, until: .connected) == [.new, .checking, .connected])
        await pair.close()
    }

    @Test("CND-21 candidates that come after both descriptions connect, with a host or peer-reflexive peer")
    func late() async throws {
        let (a, b) = (
            try PeerConnection(configuration: ConnectedPair.loopback),
            try PeerConnection(configuration: ConnectedPair.loopback)
        )
        let fromA = a.iceCandidates
        let channel = try await a.createDataChannel("data")
        let offer = try await a.createOffer()
        try await b.setRemoteDescription(offer)
        try await a.setLocalDescription(offer)
        let answer = try await b.createAnswer()
        try await b.setLocalDescription(answer)
        try await a.setRemoteDescription(answer)
        await a.gatheringComplete()
        for await candidate in fromA {
            try await b.addICECandidate(candidate)
            if candidate == nil { break }
        }
        try await channel.opened()
        for connection in [a, b] {
            let kind = connection.sctp?.transport.iceTransport.selectedCandidatePair?.remote.kind
            #expect(kind == .host || kind == .peerReflexive)
            connection.close()
        }
    }

    @Test("CND-22 a passive TCP candidate is accepted, in a description and by itself")
    func tcp() async throws {
        let tcp = "candidate:9 1 tcp 1845501695 127.0.0.1 9 typ host tcptype passive"
        let connection = try await answering()
        defer { connection.close() }
        try await connection.addICECandidate(ICECandidateInit(candidate: tcp, sdpMid: "d1"))
        let other = try PeerConnection()
        defer { other.close() }
        try await other.setRemoteDescription(
            SessionDescription(type: .offer, sdp: Self.offer.sdp + "a=\(tcp)\r\n"))
        try await other.setLocalDescription()
        #expect(try sections(other)[1].contains(tcp))
    }

    @Test("CND-24 the local description has no candidate before the first event, and has it with the event")
    func candidateInDescription() async throws {
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        defer { connection.close() }
        _ = try await connection.createDataChannel("data")
        let offer = try await connection.createOffer()
        #expect(offer.values(of: "candidate").isEmpty)
        try await connection.setLocalDescription(offer)
        for await candidate in connection.iceCandidates {
            let text = try #require(candidate).candidate
            #expect(connection.localDescription?.sdp.contains("a=\(text)\r\n") == true)
            break
        }
    }

    @Test("CND-26 a candidate for a section that was refused is accepted")
    func refusedSection() async throws {
        let connection = try await answering()
        defer { connection.close() }
        try await connection.setLocalDescription()
        try await connection.addICECandidate(ICECandidateInit(candidate: Self.line, sdpMid: "a1"))
    }

    @Test("CND-27 a TURN server that cannot be used is named in a candidate error")
    func candidateError() async throws {
        let url = "turns:127.0.0.1:9"
        var configuration = ConnectedPair.loopback
        configuration.iceServers = [ICEServer(urls: [url], username: "user", credential: "secret")]
        let connection = try PeerConnection(configuration: configuration)
        defer { connection.close() }
        _ = try await connection.createDataChannel("data")
        try await connection.setLocalDescription()
        for await error in connection.iceCandidateErrors {
            #expect((300...799).contains(error.errorCode) && error.url == url)
            #expect(error.address == nil && error.port == nil)
            break
        }
    }
}
