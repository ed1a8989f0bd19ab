import Foundation
import Testing

@testable import JSEP

@Suite("Descriptions and candidates as browsers write them")
struct DescriptionJSONTests {
    private func decode<Value: Decodable>(_ json: String, as: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(json.utf8))
    }

    @Test("a description is read, with or without its text")
    func description() throws {
        let offer: SessionDescription = try decode(#"{"type":"offer","sdp":"v=0\r\n","other":[1,{"x":null}]}"#)
        #expect(offer == SessionDescription(type: .offer, sdp: "v=0\r\n"))
        #expect(try decode(#"{"type":"rollback"}"#) == SessionDescription(type: .rollback))
        #expect(try decode(#"{"sdp":null,"type":"rollback"}"#) == SessionDescription(type: .rollback))
        #expect(try decode(#"{"type":"pranswer","sdp":""}"#) == SessionDescription(type: .pranswer))
    }

    @Test(
        "a description without a type, or of an unknown one, is refused",
        arguments: [
            #"{"sdp":"v=0"}"#, #"{"type":null,"sdp":"v=0"}"#, #"{"type":"Offer"}"#, #"{"type":7}"#,
            #"{"type":"offer","sdp":7}"#, "[]", "null", "{", "",
        ])
    func badDescription(json: String) {
        #expect(throws: (any Error).self) { try decode(json, as: SessionDescription.self) }
    }

    @Test("a description is written with its type and its text")
    func writing() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = try encoder.encode(SessionDescription(type: .answer, sdp: "v=0\r\n"))
        #expect(String(decoding: json, as: UTF8.self) == #"{"sdp":"v=0\r\n","type":"answer"}"#)
        #expect(try JSONDecoder().decode(SessionDescription.self, from: json).type == .answer)
    }

    @Test("a candidate is read, whichever members are missing or null")
    func candidate() throws {
        let line = "candidate:1 1 udp 2113937151 192.0.2.1 54400 typ host"
        let full: ICECandidateInit = try decode(
            #"{"candidate":"\#(line)","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"k3Zp"}"#)
        let expected = ICECandidateInit(candidate: line, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "k3Zp")
        #expect(full == expected)
        #expect(try decode("{}") == ICECandidateInit())
        let nulls = #"{"candidate":null,"sdpMid":null,"sdpMLineIndex":null,"usernameFragment":null}"#
        #expect(try decode(nulls) == ICECandidateInit())
        #expect(try decode(#"{"sdpMLineIndex":65535}"#) == ICECandidateInit(sdpMLineIndex: 65535))
        #expect(try decode("null", as: ICECandidateInit?.self) == nil)
    }

    @Test(
        "a candidate with members of the wrong kind is refused",
        arguments: [
            #"{"candidate":1}"#, #"{"sdpMLineIndex":-1}"#, #"{"sdpMLineIndex":65536}"#, #"{"sdpMLineIndex":"0"}"#,
            #"{"sdpMid":0}"#, #"{"usernameFragment":[]}"#, "[]", "7",
        ])
    func badCandidate(json: String) {
        #expect(throws: (any Error).self) { try decode(json, as: ICECandidateInit.self) }
    }

    @Test("what is written is read as it was")
    func roundTrip() throws {
        for candidate in [
            ICECandidateInit(), ICECandidateInit(candidate: "x", sdpMid: "a"), ICECandidateInit(sdpMLineIndex: 3),
            ICECandidateInit(candidate: "y", sdpMid: "", sdpMLineIndex: 0, usernameFragment: "z"),
        ] {
            let json = try JSONEncoder().encode(candidate)
            #expect(try JSONDecoder().decode(ICECandidateInit.self, from: json) == candidate)
        }
    }

    @Test("a candidate is not checked before it is added")
    func unchecked() {
        let candidate = ICECandidateInit(candidate: "nonsense", sdpMid: "none", sdpMLineIndex: 65535)
        #expect(candidate.candidate == "nonsense" && candidate.sdpMid == "none")
        #expect(ICECandidateInit(sdpMid: "0").candidate.isEmpty)
    }
}
