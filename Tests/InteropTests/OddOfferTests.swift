import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

/// Chromium is asked what it takes of what is not as the RFCs have it; what it takes is taken here.
@Suite(
    "Odd lines in Chromium and here", .serialized, .timeLimit(.minutes(2)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"), .browser(.plain))
struct OddOfferTests {
    /// The ports of an answer's sections, or why there is none.
    private enum Outcome {
        case ports([String])
        case refused(String)

        init(answer: String) {
            let lines = answer.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("m=") }
            self = .ports(lines.map { $0.split(separator: " ").dropFirst().first.map(String.init) ?? "" })
        }
    }

    @Test("an offer that Chromium takes is taken, with the sections that it takes")
    func offers() async throws {
        let offers = OddOffers.all
        let theirs = try await #require(BrowserTrait.current).run(
            "return answersTo(...arguments)", [.array(offers.map { .string($0.text) })]
        ).array
        #expect(theirs.count == offers.count)
        var accepted = 0
        for (offer, reply) in zip(offers, theirs) {
            guard let answer = reply["answer"].string, case .ports(let ports) = Outcome(answer: answer) else {
                continue
            }
            accepted += 1
            switch try await ourAnswer(to: offer.text) {
            case .refused(let reason): Issue.record("\(offer.oddity): \(reason)")
            case .ports(let own):
                #expect(own.count == ports.count, "\(offer.oddity)")
                for (mine, other) in zip(own, ports) { #expect(other == "0" || mine != "0", "\(offer.oddity)") }
            }
        }
        #expect(accepted > 150)
    }

    @Test("a candidate that Chromium takes is taken")
    func candidates() async throws {
        let lines = OddOffers.candidates.map { "candidate:" + $0 }
        let offer = OddOffers.plain.replacing("\n", with: "\r\n")
        var all: [ICECandidateInit] = lines.map { ICECandidateInit(candidate: $0, sdpMid: "0") }
        all += [
            ICECandidateInit(candidate: lines[0], sdpMid: "", sdpMLineIndex: 0),
            ICECandidateInit(candidate: lines[0], sdpMid: "1", sdpMLineIndex: 0),
            ICECandidateInit(candidate: "a=" + lines[0], sdpMid: "0"),
            ICECandidateInit(candidate: lines[0] + "\r\n", sdpMid: "0"),
            ICECandidateInit(candidate: "", sdpMid: ""), ICECandidateInit(candidate: "", sdpMid: "", sdpMLineIndex: 0),
        ]
        let theirs = try await #require(BrowserTrait.current).run(
            "return candidatesTaken(...arguments)", [.string(offer), .encoding(all)]
        ).array
        #expect(theirs.count == all.count && theirs.contains(false))
        for (candidate, isTaken) in zip(all, theirs) where isTaken.bool == true {
            let connection = try PeerConnection(configuration: ConnectedPair.loopback)
            try await connection.setRemoteDescription(SessionDescription(type: .offer, sdp: offer))
            await #expect(throws: Never.self, "\(candidate)") { try await connection.addICECandidate(candidate) }
            connection.close()
        }
    }

    private func ourAnswer(to offer: String) async throws -> Outcome {
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        defer { connection.close() }
        do {
            try await connection.setRemoteDescription(SessionDescription(type: .offer, sdp: offer))
            return Outcome(answer: try await connection.createAnswer().sdp)
        } catch {
            return .refused("\(error)")
        }
    }
}
