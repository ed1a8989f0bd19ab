import DTLS
import Foundation
import SCTP
import Testing
import TransportTypes

@testable import ICE
@testable import WebRTC

@Suite("the diagnosis of a connection")
struct DiagnosisTests {
    private static let host = candidate("192.0.2.1", .host)
    private static let relay = candidate("198.51.100.1", .relayed)

    private static func candidate(_ address: String, _ kind: ICECandidate.Kind) -> ICECandidate {
        ICECandidate(foundation: "1", priority: 1, address: address, port: 5000, kind: kind)
    }

    /// Both descriptions, and a candidate on each side.
    private static var exchanged: ConnectionFacts {
        var facts = ConnectionFacts()
        facts.hasLocalDescription = true
        facts.hasRemoteDescription = true
        facts.localCandidates = [host]
        facts.remoteCandidates = [candidate("192.0.2.2", .host)]
        return facts
    }

    private static var reached: ConnectionFacts {
        var facts = exchanged
        facts.ice = .connected
        facts.hadPair = true
        return facts
    }

    private static func diagnose(
        _ facts: ConnectionFacts = exchanged, _ change: (inout ConnectionFacts) -> Void
    ) -> ConnectionDiagnosis {
        var facts = facts
        change(&facts)
        return facts.diagnosis
    }

    private func expect(
        _ diagnosis: ConnectionDiagnosis, _ step: ConnectionDiagnosis.Step, _ verdict: ConnectionDiagnosis.Verdict,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(diagnosis.step == step && diagnosis.verdict == verdict, sourceLocation: sourceLocation)
        let needsAdvice = verdict == .bad
        #expect(!needsAdvice || diagnosis.advice != nil, "what failed has an advice", sourceLocation: sourceLocation)
    }

    @Test("before the descriptions are exchanged it names the one that is missing")
    func descriptions() {
        expect(ConnectionFacts().diagnosis, .localDescription, .waiting)
        expect(Self.diagnose { $0.hasLocalDescription = false }, .localDescription, .waiting)
        expect(Self.diagnose { $0.hasRemoteDescription = false }, .remoteDescription, .waiting)
        expect(Self.diagnose { $0.isRefused = true }, .agreement, .bad)
        expect(Self.diagnose { $0.isClosed = true }, .closed, .bad)
    }

    @Test("without candidates it says whose are missing, and whether they may still come")
    func candidates() {
        expect(Self.diagnose { $0.localCandidates = [] }, .localCandidates, .bad)
        let gathering = Self.diagnose {
            $0.localCandidates = []
            $0.isGathering = true
        }
        expect(gathering, .localCandidates, .waiting)
        let offering = Self.diagnose {
            $0.localCandidates = []
            $0.hasRemoteDescription = false
        }
        expect(offering, .localCandidates, .bad)
        expect(Self.diagnose { $0.remoteCandidates = [] }, .remoteCandidates, .waiting)
        let ended = Self.diagnose {
            $0.remoteCandidates = []
            $0.hasRemoteEnded = true
        }
        expect(ended, .remoteCandidates, .bad)
    }

    @Test("without a relay it says what the servers have said, where only a relay could have helped")
    func relay() {
        let error = ICECandidateError.unusable(url: "turn:203.0.113.9", text: "no allocation")
        let only = Self.diagnose {
            $0.localCandidates = []
            $0.isRelayOnly = true
            $0.relays = ["turn:203.0.113.9"]
            $0.serverErrors = [error]
        }
        expect(only, .relay, .bad)
        #expect(only.details == ["turn:203.0.113.9: 701 no allocation"])
        let failed = Self.diagnose {
            $0.ice = .failed
            $0.relays = ["turn:203.0.113.9"]
            $0.serverErrors = [error]
        }
        expect(failed, .relay, .bad)
        let unconfigured = Self.diagnose {
            $0.localCandidates = []
            $0.isRelayOnly = true
        }
        expect(unconfigured, .relay, .bad)
        let relayed = Self.diagnose {
            $0.localCandidates.append(Self.relay)
            $0.ice = .failed
            $0.relays = ["turn:203.0.113.9"]
        }
        expect(relayed, .checks, .bad)
    }

    @Test("checks that fail are told with the pairs that were tried")
    func checks() {
        let pair = "host 192.0.2.1:5000/udp to host 192.0.2.2:5000/udp"
        let checking = Self.diagnose { $0.ice = .checking }
        expect(checking, .checks, .waiting)
        let failed = Self.diagnose { facts in
            facts.ice = .failed
            facts.remoteCandidates.append(Self.candidate("2001:db8::2", .host))
        }
        expect(failed, .checks, .bad)
        #expect(checking.details == [pair] && failed.details == [pair], "an IPv6 address has no pair here")
        let none = Self.diagnose { ($0.ice, $0.remoteCandidates) = (.failed, [Self.candidate("2001:db8::2", .host)]) }
        expect(none, .checks, .bad)
        #expect(none.text.hasPrefix("no candidate of this side makes a pair") && none.details.isEmpty)
    }

    @Test("without any check of the peer's, who has answered is told to see first whether the answer has arrived")
    func answerThatGotLost() {
        let advice = "look whether our answer has reached the peer"
        for relays in [[], ["turn:203.0.113.9"]] {
            let lost = Self.diagnose {
                ($0.ice, $0.hasAnswered, $0.relays) = (.failed, true, relays)
            }
            expect(lost, relays.isEmpty ? .checks : .relay, .bad)
            #expect(lost.advice?.hasPrefix(advice) == true && lost.advice?.contains("; then ") == true)
        }
        let waiting = Self.diagnose { ($0.ice, $0.hasAnswered) = (.checking, true) }
        expect(waiting, .checks, .waiting)
        #expect(waiting.advice?.hasPrefix(advice) == true)
        let offering = Self.diagnose { $0.ice = .failed }
        let heard = Self.diagnose { ($0.ice, $0.hasAnswered, $0.hasHeardCheck) = (.failed, true, true) }
        let lite = Self.diagnose { ($0.ice, $0.hasAnswered, $0.isPeerLite) = (.failed, true, true) }
        for other in [offering, heard, lite] {
            expect(other, .checks, .bad)
            #expect(other.advice?.contains("answer") == false && other.text.hasPrefix("no answer came on the one pair"))
        }
    }

    @Test("an offer that is needed and that nobody makes is told, also of a connection that is up, or has failed")
    func lackingOffer() {
        var up = Self.reached
        (up.dtls, up.sctp) = (.connected, .connected)
        let needed = up.diagnosis.lackingOffer
        expect(needed, .localDescription, .waiting)
        #expect(needed.text.contains("an offer is needed") && needed.text.contains("the connection is up"))
        #expect(needed.advice?.contains("setLocalDescription") == true)
        let lost = Self.diagnose(Self.reached) { $0.ice = .failed }
        expect(lost.lackingOffer, .consent, .bad)
        #expect(lost.lackingOffer.advice?.hasPrefix("make the offer") == true)
        let new = ConnectionFacts().diagnosis
        expect(new.lackingOffer, .localDescription, .waiting)
        #expect(new.lackingOffer.advice == new.advice && new.lackingOffer.text.contains("an offer is needed"))
    }

    @Test("a lost peer is told from one that was never reached")
    func consent() {
        expect(Self.diagnose(Self.reached) { $0.ice = .disconnected }, .consent, .waiting)
        for dtls in [DTLSState.new, .connecting, .connected] {
            let lost = Self.diagnose(Self.reached) { ($0.ice, $0.dtls) = (.failed, dtls) }
            expect(lost, .consent, .bad)
        }
    }

    @Test("each way of DTLS to fail has its own words")
    func dtls() {
        expect(Self.diagnose(Self.reached) { $0.dtls = .connecting }, .dtls, .waiting)
        expect(Self.diagnose(Self.reached) { $0.dtls = .closed }, .dtls, .bad)
        var texts: Set<String> = []
        for code in [DTLSError.Code.fingerprintMismatch, .timedOut, .alertReceived, .handshakeFailed] {
            let diagnosis = Self.diagnose(Self.reached) {
                $0.dtls = .failed
                $0.dtlsError = DTLSError(code, "the reason")
            }
            expect(diagnosis, code == .fingerprintMismatch ? .fingerprint : .dtls, .bad)
            #expect(diagnosis.text.contains("the reason"))
            texts.insert(diagnosis.text)
        }
        #expect(texts.count == 4)
    }

    @Test("SCTP is waited for, silent, refused, given up, or connected")
    func sctp() {
        var secured = Self.reached
        secured.dtls = .connected
        // Nothing but media is on it.
        expect(secured.diagnosis, .connected, .good)
        secured.sctp = .connecting
        expect(secured.diagnosis, .sctp, .waiting)
        var texts: Set<String> = []
        for code in [SCTPError.Code.connectTimedOut, .timedOut, .abortedByPeer, .aborted] {
            let diagnosis = Self.diagnose(secured) { $0.sctpError = SCTPError(code, "the reason") }
            expect(diagnosis, .sctp, .bad)
            #expect(diagnosis.text.contains("the reason"))
            texts.insert(diagnosis.text)
        }
        #expect(texts.count == 4)
        expect(Self.diagnose(secured) { $0.sctp = .closed }, .sctp, .bad)
        expect(Self.diagnose(secured) { $0.sctp = .connected }, .connected, .good)
    }

    @Test("it survives JSON, and its text has a line for each detail and one for the advice")
    func forms() throws {
        let diagnosis = Self.diagnose { $0.ice = .failed }
        #expect(try JSONDecoder().decode(ConnectionDiagnosis.self, from: JSONEncoder().encode(diagnosis)) == diagnosis)
        let lines = "\(diagnosis)".split(separator: "\n")
        #expect(lines.count == 3 && lines[0].hasPrefix("checks: bad: ") && lines[2].hasPrefix("what to do: "))
    }
}
