import Foundation
import Testing

@testable import JSEP

@Suite("What negotiators say, as JSON")
struct SignalingPayloadTests {
    private static let candidate = ICECandidateInit(
        candidate: "candidate:1 1 udp 1 192.0.2.1 5000 typ host", sdpMid: "0")

    private func read(_ json: String) throws -> SignalingPayload {
        try JSONDecoder().decode(SignalingPayload.self, from: Data(json.utf8))
    }

    @Test(
        "what is written is read",
        arguments: [
            SignalingPayload.description(SessionDescription(type: .offer, sdp: "v=0")),
            .description(SessionDescription(type: .answer, sdp: "v=0"), answers: "7 1"),
            .candidate(candidate), .candidate(nil),
        ])
    func roundTrip(payload: SignalingPayload) throws {
        let data = try JSONEncoder().encode(payload)
        #expect(try JSONDecoder().decode(SignalingPayload.self, from: data) == payload)
    }

    @Test("the browsers' objects are read, with or without a member around them")
    func browsers() throws {
        let offer = SignalingPayload.description(SessionDescription(type: .offer, sdp: "v=0"))
        #expect(try read(#"{"description":{"type":"offer","sdp":"v=0"}}"#) == offer)
        #expect(try read(#"{"type":"offer","sdp":"v=0"}"#) == offer)
        let line = Self.candidate.candidate
        #expect(try read(#"{"candidate":{"candidate":"\#(line)","sdpMid":"0"}}"#) == .candidate(Self.candidate))
        #expect(try read(#"{"candidate":"\#(line)","sdpMid":"0"}"#) == .candidate(Self.candidate))
        #expect(try read(#"{"candidate":null}"#) == .candidate(nil))
    }

    @Test("anything else is refused", arguments: ["{}", "[]", #"{"type":"hello"}"#, #"{"description":7}"#, "7"])
    func refused(json: String) {
        #expect(throws: DecodingError.self) { try read(json) }
    }
}
