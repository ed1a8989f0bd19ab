import DTLS
import JSEP
import Testing
import TransportTypes

@testable import WebRTC

@Suite("the diagnosis of media")
struct MediaDiagnosisTests {
    /// A connection that is up, with a section for pictures that goes both ways for a minute.
    private static func diagnose(
        at now: Duration = .seconds(60), _ change: (inout MediaFacts) -> Void
    ) -> ConnectionDiagnosis {
        var section = MediaFacts.Section(mid: "1", kind: .video)
        section.sends = true
        section.agreed = ["VP8", "H264"]
        section.receivesSince = .zero
        section.packetsReceived = 100
        section.wantsFrames = true
        var media = MediaFacts()
        media.hasHeard = true
        media.sections = [section]
        change(&media)
        var facts = ConnectionFacts()
        (facts.hasLocalDescription, facts.hasRemoteDescription) = (true, true)
        (facts.ice, facts.dtls, facts.hadPair) = (.connected, .connected, true)
        (facts.media, facts.now) = (media, now)
        return facts.diagnosis
    }

    private func expect(
        _ diagnosis: ConnectionDiagnosis, _ step: ConnectionDiagnosis.Step, _ verdict: ConnectionDiagnosis.Verdict,
        _ words: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(diagnosis.step == step && diagnosis.verdict == verdict, sourceLocation: sourceLocation)
        #expect(diagnosis.text.contains(words), "\(diagnosis)", sourceLocation: sourceLocation)
        #expect(diagnosis.verdict == .good || diagnosis.advice != nil, sourceLocation: sourceLocation)
    }

    @Test("media that flows is good, and nothing more is said of it")
    func good() {
        let diagnosis = Self.diagnose { _ in }
        expect(diagnosis, .connected, .good, "the connection is up")
        #expect(diagnosis.details.isEmpty && diagnosis.advice == nil)
    }

    @Test("without a profile of SRTP nothing flows; packets that nobody can read are told")
    func protection() {
        expect(Self.diagnose { $0.hasProfile = false }, .srtp, .bad, "no SRTP profile")
        expect(Self.diagnose { ($0.hasHeard, $0.notAuthentic) = (false, 7) }, .srtp, .bad, "7 packets")
        let some = Self.diagnose { $0.notAuthentic = 1 }
        expect(some, .connected, .good, "the connection is up")
        #expect(some.details == ["1 packet of SRTP did not prove to be the peer's"])
    }

    @Test("a codec that the peer does not have is named, with those that it has")
    func codecs() {
        let missing = Self.diagnose {
            ($0.sections[0].missingCodec, $0.sections[0].withoutCodec) = ("video/AV1", 12)
        }
        expect(missing, .media, .bad, "the peer does not have video/AV1: 12 frames")
        #expect(missing.text.contains("section '1' (video)") && missing.advice?.contains("VP8, H264") == true)
        expect(Self.diagnose { $0.sections[0].agreed = [] }, .media, .bad, "no codec in common")
        let receiving = Self.diagnose { ($0.sections[0].agreed, $0.sections[0].sends) = ([], false) }
        expect(receiving, .connected, .good, "the connection is up")
        let malformed = Self.diagnose { $0.sections[0].malformed = 3 }
        #expect(malformed.verdict == .good && malformed.details[0].contains("3 frames not sent"))
    }

    @Test("packets that are of no section are told, and are a matter where nothing else comes")
    func strays() {
        let alone = Self.diagnose { ($0.strays, $0.sections[0].packetsReceived) = (1, 0) }
        expect(alone, .media, .waiting, "1 packet of the peer's cannot be given to any section")
        #expect(alone.advice?.contains("RFC 8843") == true)
        let beside = Self.diagnose { $0.strays = 3 }
        #expect(beside.verdict == .good && beside.details.contains { $0.contains("3 packets of the peer's") })
    }

    @Test("nothing that comes is told after five seconds, and is a matter only where somebody reads")
    func silence() {
        func silent(at now: Duration, reads: Bool) -> ConnectionDiagnosis {
            Self.diagnose(at: now) { ($0.sections[0].packetsReceived, $0.sections[0].wantsFrames) = (0, reads) }
        }
        expect(silent(at: .seconds(4.9), reads: true), .connected, .good, "the connection is up")
        expect(silent(at: .seconds(5), reads: true), .media, .waiting, "nothing has come for 5 s")
        let unread = silent(at: .seconds(6), reads: false)
        expect(unread, .connected, .good, "the connection is up")
        #expect(unread.details.count == 1 && unread.details[0].contains("nothing has come for 6 s"))
        let other = Self.diagnose { ($0.sections[0].packetsReceived, $0.sections[0].receivesSince) = (0, nil) }
        #expect(other.details.isEmpty)
    }

    @Test("a key frame that never comes is told after three seconds; packets that nobody reads are a note")
    func keyFrames() {
        func waiting(_ since: Duration) -> ConnectionDiagnosis {
            Self.diagnose { ($0.sections[0].keyFrameWantedSince, $0.sections[0].keyFrameRequests) = (since, 4) }
        }
        expect(waiting(.seconds(58)), .connected, .good, "the connection is up")
        expect(waiting(.seconds(57)), .media, .waiting, "asked for (4 times)")
        let unread = Self.diagnose { $0.sections[0].wantsFrames = false }
        expect(unread, .connected, .good, "the connection is up")
        #expect(unread.details[0].contains("which nobody reads") && unread.advice != nil)
    }

    @Test("the worst is told first, and the rest behind it")
    func order() {
        let diagnosis = Self.diagnose { media in
            var other = media.sections[0]
            (other.mid, other.missingCodec) = ("2", "video/AV1")
            media.sections[0].packetsReceived = 0
            media.sections.append(other)
            media.notAuthentic = 2
        }
        expect(diagnosis, .media, .bad, "section '2'")
        #expect(diagnosis.details.count == 2 && diagnosis.details[0].contains("section '1'"))
    }

    @Test("sections that were refused are told, with what was offered")
    func refused() {
        var facts = ConnectionFacts()
        (facts.hasLocalDescription, facts.hasRemoteDescription, facts.isRefused) = (true, true, true)
        for (isOurs, isKnown, words) in [
            (false, false, "the peer has refused section '0' (video), which offered H263, H261"),
            (true, false, "this library has none"), (true, true, "codec preferences"),
        ] {
            facts.refusedSections = [
                RefusedSection(
                    mid: "0", kind: .video, isOurs: isOurs, offered: ["H263", "H261"], hasCommonCodec: isKnown)
            ]
            let diagnosis = facts.diagnosis
            #expect(diagnosis.step == .agreement && diagnosis.verdict == .bad && diagnosis.advice != nil)
            #expect(diagnosis.details.count == 1 && diagnosis.details[0].contains(words))
        }
    }
}
