import Testing

@testable import Signaling

@Suite("messages of the mesh dialect")
struct MeshMessageTests {
    static let cases: [(MeshMessage, String)] = [
        (
            .register(Registration(peerID: "A", peerType: .controller, displayName: "Ann")),
            #"{"display_class":null,"display_name":"Ann","peer_id":"A","peer_type":"controller","type":"register"}"#
        ),
        (
            .register(Registration(peerID: "A", peerType: .display, displayName: "Ann", displayClass: .stage)),
            #"{"display_class":"stage","display_name":"Ann","peer_id":"A","peer_type":"display","type":"register"}"#
        ),
        (
            .offer(from: "A", to: "B", sdp: "v=0\r\n"),
            #"{"from_peer_id":"A","sdp":"v=0\r\n","to_peer_id":"B","type":"offer"}"#
        ),
        (.answer(from: nil, to: "B", sdp: "x"), #"{"sdp":"x","to_peer_id":"B","type":"answer"}"#),
        (
            .ice(
                from: "A", to: "B",
                candidate: CandidateMessage(
                    candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "u")),
            #"{"candidate":"candidate:1","from_peer_id":"A","sdpMLineIndex":0,"sdpMid":"0","to_peer_id":"B","#
                + #""type":"ice","usernameFragment":"u"}"#
        ),
        (
            .ice(from: "A", to: "B", candidate: CandidateMessage(candidate: "", sdpMid: "0")),
            #"{"candidate":"","from_peer_id":"A","sdpMid":"0","to_peer_id":"B","type":"ice"}"#
        ),
        (
            .ice(from: "A", to: "B", candidate: nil),
            #"{"candidate":"","from_peer_id":"A","to_peer_id":"B","type":"ice"}"#
        ),
        (
            .peerList([PeerInfo(id: "A", peerType: .display, displayName: "Ann", isConnected: true, isLeader: false)]),
            #"{"peers":[{"display_name":"Ann","id":"A","is_connected":true,"is_leader":false,"peer_type":"display"}],"#
                + #""type":"peer_list"}"#
        ),
        (.heartbeat(peerID: "A"), #"{"peer_id":"A","type":"heartbeat"}"#),
        (
            .error(ErrorMessage(code: "recipient-offline", message: "gone", to: "B", callID: "C")),
            #"{"callId":"C","code":"recipient-offline","message":"gone","to":"B","type":"error"}"#
        ),
    ]

    @Test("each is the JSON of the protocol, both ways", arguments: cases)
    func roundTrip(message: MeshMessage, json: String) throws {
        #expect(String(decoding: message.message.bytes, as: UTF8.self) == json)
        #expect(try Self.read(json) == message)
    }

    @Test(
        "a candidate may be an object or null",
        arguments: [
            (
                #"{"candidate":"c","sdpMid":"0","sdpMLineIndex":1,"usernameFragment":"u"}"#,
                CandidateMessage(candidate: "c", sdpMid: "0", sdpMLineIndex: 1, usernameFragment: "u")
            ),
            (#"{"candidate":"c","sdpMid":null}"#, CandidateMessage(candidate: "c")), (#"{"candidate":""}"#, nil),
            ("{}", nil), ("null", nil), (#""""#, nil),
        ] as [(String, CandidateMessage?)])
    func candidateForms(json: String, candidate: CandidateMessage?) throws {
        let text = #"{"type":"ice","to_peer_id":"B","candidate":\#(json)}"#
        let message = try Self.read(text)
        #expect(message == .ice(from: nil, to: "B", candidate: candidate))
    }

    @Test("missing name and type have their defaults, a candidate may be a line alone")
    func lenient() throws {
        let register = try Self.read(#"{"type":"register","peer_id":"A"}"#)
        #expect(register == .register(Registration(peerID: "A", peerType: .display, displayName: "Unknown")))
        let ice = try Self.read(#"{"type":"ice","to_peer_id":"B","candidate":"candidate:1"}"#)
        #expect(ice == .ice(from: nil, to: "B", candidate: CandidateMessage(candidate: "candidate:1")))
    }

    @Test(
        "unknown types and wrong fields are errors",
        arguments: [
            #"{}"#, #"{"type":"x"}"#, #"{"type":1}"#, #"{"type":"offer","to_peer_id":"B"}"#,
            #"{"type":"offer","to_peer_id":1,"sdp":""}"#, #"{"type":"peer_list"}"#, #"[]"#,
            #"{"type":"peer_list","peers":[{}]}"#,
            #"{"type":"ice","to_peer_id":"B","candidate":{"candidate":"x","sdpMLineIndex":70000}}"#,
        ])
    func refused(json: String) {
        #expect(throws: SignalingRefusal.self) { try Self.read(json) }
    }

    private static func read(_ json: String) throws(SignalingRefusal) -> MeshMessage {
        try MeshMessage(SignalingMessage(parsing: Array(json.utf8)))
    }
}
