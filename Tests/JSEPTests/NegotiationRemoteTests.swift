import SDP
import TestSupport
import Testing
import TransportTypes

@testable import JSEP

@Suite("Descriptions of other implementations")
struct NegotiationRemoteTests {
    private func answer(to offer: SessionDescription) throws -> SDPDocument {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(offer)
        return try SDPDocument(parsing: negotiation.createAnswer().sdp)
    }

    @Test("sections that we do not use are refused with port 0 and keep kind, place and mid")
    func refused() throws {
        let offer = Negotiations.offer(
            Negotiations.unused(), Negotiations.data(mid: "d"),
            "m=holodeck 9 QUIC/HOLO 7\r\na=mid:h\r\n", Negotiations.unused(mid: "z", port: 0))
        let document = try answer(to: offer)
        #expect(document.media.map(\.kind) == [.text, .application, .other("holodeck"), .text])
        #expect(document.media.map(\.port) == [0, 9, 0, 0])
        #expect(document.media.map(\.mid) == ["a", "d", "h", "z"])
        // The offer has no group, so the answer has none (RFC 9143 §7.3).
        #expect(document.groups.isEmpty)
    }

    @Test("an offer without data channels is answered with refusals only, one without anything with nothing")
    func noData() throws {
        #expect(try answer(to: Negotiations.offer(Negotiations.unused())).media.map(\.port) == [0])
        #expect(try answer(to: Negotiations.offer()).media.isEmpty)
        #expect(try answer(to: Negotiations.offer(Negotiations.data(port: 0))).media.map(\.port) == [0])
    }

    @Test("of two data sections the first is taken")
    func twoDataSections() throws {
        let document = try answer(to: Negotiations.offer(Negotiations.data(mid: "x"), Negotiations.data(mid: "y")))
        #expect(document.media.map(\.port) == [9, 0])
    }

    @Test("sections without a mid get one of their own, which stays (SDP-09)")
    func missingMids() throws {
        let offer = Negotiations.offer(
            Negotiations.unused(mid: nil), Negotiations.data(mid: nil), Negotiations.unused(mid: "0"))
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(offer)
        try negotiation.setLocal(nil)
        let mids = try #require(negotiation.currentLocal).document.media.map(\.mid)
        #expect(Set(mids).count == 3 && mids[2] == "0" && !mids.contains(nil))
        try negotiation.setRemote(offer)
        #expect(negotiation.pendingRemote?.document.media.map(\.mid) == mids)
        #expect(negotiation.dataMid == mids[1])
    }

    @Test("an answer without mids is one to the offer's sections (SDP-09)")
    func answerWithoutMids() throws {
        var negotiation = try Negotiations.make()
        negotiation.wantsData = true
        try negotiation.setLocal(nil)
        try negotiation.setRemote(
            SessionDescription(
                type: .answer, sdp: Negotiations.session + Negotiations.data(mid: nil, setup: "active")))
        #expect(negotiation.signalingState == .stable && negotiation.remoteTransport?.mid == "0")
    }

    @Test(
        "mids that are shared or no tokens are refused",
        arguments: [
            [Negotiations.unused(mid: "0"), Negotiations.data(mid: "0")],
            [Negotiations.data(mid: "a b")], [Negotiations.data(mid: "é")], [Negotiations.data(mid: "a\u{7F}")],
        ])
    func badMids(sections: [String]) throws {
        var negotiation = try Negotiations.make()
        let offer = SessionDescription(type: .offer, sdp: Negotiations.session + sections.joined())
        #expect([.invalidAccess, .sdpSyntax].contains(code { try negotiation.setRemote(offer) }))
        #expect(negotiation.signalingState == .stable)
    }

    @Test(
        "a data section without credentials or fingerprint, or with ones that cannot be, is refused (SDP-21)",
        arguments: [
            Negotiations.data(ufrag: nil), Negotiations.data(pwd: nil), Negotiations.data(ufrag: "abc"),
            Negotiations.data(pwd: "short"), Negotiations.data(ufrag: "ab cd"), Negotiations.data(fingerprint: nil),
            Negotiations.data(fingerprint: nil, more: "a=fingerprint:md5 00:11\r\n"),
            Negotiations.data(fingerprint: nil, more: "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n"),
            Negotiations.data(ufrag: String(repeating: "x", count: 257)),
        ])
    func incomplete(section: String) throws {
        var negotiation = try Negotiations.make()
        let error = code { try negotiation.setRemote(Negotiations.offer(section)) }
        #expect(error == .invalidAccess || error == .sdpSyntax)
        #expect(negotiation.signalingState == .stable && negotiation.remote == nil && negotiation.dataMid == nil)
        var offerer = try Negotiations.make()
        offerer.wantsData = true
        try offerer.setLocal(nil)
        let answer = SessionDescription(type: .answer, sdp: Negotiations.session + section)
        #expect([.invalidAccess, .sdpSyntax].contains(code { try offerer.setRemote(answer) }))
        #expect(offerer.signalingState == .haveLocalOffer)
    }

    @Test("a second answer is told that there is no offer for it, and counts of sections are in plain words")
    func words() throws {
        var negotiation = try Negotiations.make()
        negotiation.wantsData = true
        try negotiation.setLocal(nil)
        let answer = SessionDescription(
            type: .answer, sdp: Negotiations.session + Negotiations.data(setup: "active"))
        let none = SessionDescription(type: .answer, sdp: Negotiations.session)
        let short = #expect(throws: WebRTCError.self) { try negotiation.setRemote(none) }
        #expect(short?.message.contains("the answer has 0 sections, the offer 1") == true)
        try negotiation.setRemote(answer)
        let second = #expect(throws: WebRTCError.self) { try negotiation.setRemote(answer) }
        #expect(second?.message.contains("set each answer once") == true)
        let candidate = ICECandidateInit(candidate: "candidate:1 1 udp 1 192.0.2.1 5000 typ host", sdpMLineIndex: 1)
        let far = #expect(throws: WebRTCError.self) { try negotiation.addRemote(candidate) }
        #expect(far?.message.hasSuffix("has 1 section") == true, "\(far)")
    }

    @Test("credentials, fingerprint and role may stand at the session level")
    func sessionLevel() throws {
        let digest = (0..<32).map { _ in "AB" }.joined(separator: ":")
        let text =
            Negotiations.session + "a=ice-ufrag:wxyz\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
            + "a=fingerprint:sha-256 \(digest)\r\na=setup:active\r\na=ice-lite\r\n"
            + Negotiations.data(ufrag: nil, pwd: nil, fingerprint: nil, setup: nil)
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(SessionDescription(type: .offer, sdp: text))
        try negotiation.setLocal(nil)
        let remote = try #require(negotiation.remoteTransport)
        #expect(remote.credentials.usernameFragment == "wxyz" && remote.isICELite && remote.setup == .active)
        #expect(negotiation.dtlsRole == .server)
    }

    @Test("fingerprints of every known hash are accepted, unknown ones beside them are skipped (CRT-18)")
    func hashes() throws {
        for (name, count) in [("sha-1", 20), ("sha-224", 28), ("sha-256", 32), ("SHA-384", 48), ("sha-512", 64)] {
            let digest = (0..<count).map { _ in "ab" }.joined(separator: ":")
            let more = "a=fingerprint:md5 00:11\r\na=fingerprint:\(name) \(digest)\r\n"
            var negotiation = try Negotiations.make()
            try negotiation.setRemote(Negotiations.offer(Negotiations.data(fingerprint: nil, more: more)))
            try negotiation.setLocal(nil)
            #expect(negotiation.remoteTransport?.fingerprints.count == 1)
        }
    }

    @Test(
        "the answer takes the part that the offer leaves it (CRT-20)",
        arguments: [
            ("actpass", .active), ("active", .passive), ("passive", .active), (nil, .active),
        ] as [(String?, SetupRole)])
    func setup(offered: String?, expected: SetupRole) throws {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(Negotiations.offer(Negotiations.data(setup: offered)))
        try negotiation.setLocal(nil)
        #expect(negotiation.currentLocal?.document.media[0].setup == expected)
        #expect(negotiation.dtlsRole == (expected == .active ? .client : .server))
        // The part stays in later rounds, also when the offer leaves it open.
        try negotiation.setRemote(Negotiations.offer(Negotiations.data()))
        try negotiation.setLocal(nil)
        #expect(negotiation.currentLocal?.document.media[0].setup == expected)
        let offer = try negotiation.createOffer(OfferOptions())
        #expect(offer.sdp.contains("a=setup:actpass"))
    }

    @Test(
        "our part follows from the peer's answer",
        arguments: [("active", false), ("passive", true)])
    func answeredSetup(setup: String, isClient: Bool) throws {
        var negotiation = try Negotiations.make()
        negotiation.wantsData = true
        try negotiation.setLocal(nil)
        #expect(negotiation.dtlsRole == nil)
        let answer = SessionDescription(
            type: .answer, sdp: Negotiations.session + Negotiations.data(setup: setup))
        try negotiation.setRemote(answer)
        #expect(negotiation.dtlsRole == (isClient ? .client : .server))
    }

    @Test("an answer that does not fit the offer's sections is refused")
    func answerMismatch() throws {
        let texts = [
            "", Negotiations.unused(), Negotiations.data() + Negotiations.unused(), Negotiations.data(mid: "other"),
            "m=video 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n",
        ]
        for text in texts {
            var negotiation = try Negotiations.make()
            negotiation.wantsData = true
            try negotiation.setLocal(nil)
            let answer = SessionDescription(type: .answer, sdp: Negotiations.session + text)
            #expect(code { try negotiation.setRemote(answer) } == .invalidAccess, "\(text)")
            #expect(negotiation.signalingState == .haveLocalOffer && negotiation.currentLocal == nil)
        }
    }

    @Test("an answer cannot accept what the offer has stopped")
    func acceptedRefusal() throws {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(Negotiations.offer(Negotiations.unused(), Negotiations.data()))
        try negotiation.setLocal(nil)
        try negotiation.setLocal(nil)
        let answer = SessionDescription(
            type: .answer, sdp: Negotiations.session + Negotiations.unused() + Negotiations.data(setup: "active"))
        #expect(code { try negotiation.setRemote(answer) } == .invalidAccess)
    }

    @Test("data channels that the answer refuses are over, until the application wants them again")
    func refusedData() throws {
        var negotiation = try Negotiations.make()
        negotiation.wantsData = true
        try negotiation.setLocal(nil)
        let refusal = SessionDescription(type: .answer, sdp: Negotiations.session + Negotiations.data(port: 0))
        try negotiation.setRemote(refusal)
        #expect(negotiation.signalingState == .stable && negotiation.dataMid == nil)
        #expect(negotiation.localTransport == nil && negotiation.remoteTransport == nil && negotiation.dtlsRole == nil)
        // Asking for what was refused, again and again, is not what is wanted.
        #expect(!negotiation.isNegotiationNeeded)
        negotiation.wantsData = true
        #expect(negotiation.isNegotiationNeeded)
        let document = try SDPDocument(parsing: negotiation.createOffer(OfferOptions()).sdp)
        #expect(document.media.map(\.port) == [9] && document.media[0].mid != "0")
    }

    @Test("a peer can stop data channels with port 0, and bring them back in the same place")
    func stoppedData() throws {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(Negotiations.offer(Negotiations.data()))
        try negotiation.setLocal(nil)
        try negotiation.setRemote(Negotiations.offer(Negotiations.data(port: 0)))
        #expect(negotiation.remoteTransport != nil)
        try negotiation.setLocal(nil)
        #expect(negotiation.dataMid == nil && negotiation.remoteTransport == nil)
        try negotiation.setRemote(Negotiations.offer(Negotiations.data(mid: "new", ufrag: "efgh")))
        try negotiation.setLocal(nil)
        #expect(negotiation.dataMid == "new" && negotiation.remoteTransport?.credentials.usernameFragment == "efgh")
    }

    @Test("an offer that moves data channels to another section, the old one stopped, is followed")
    func movedData() throws {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(Negotiations.offer(Negotiations.data(mid: "x")))
        try negotiation.setLocal(nil)
        try negotiation.setRemote(
            Negotiations.offer(Negotiations.data(mid: "x", port: 0), Negotiations.data(mid: "y", ufrag: "efgh")))
        try negotiation.setLocal(nil)
        #expect(negotiation.dataMid == "y")
        #expect(negotiation.currentLocal?.document.media.map(\.port) == [0, 9])
    }

    @Test("sections neither vanish nor change their kind or mid in a later offer")
    func order() throws {
        let first = Negotiations.offer(Negotiations.unused(), Negotiations.data())
        for later in [
            Negotiations.offer(Negotiations.unused()), Negotiations.offer(Negotiations.data(), Negotiations.unused()),
            Negotiations.offer(Negotiations.unused(), Negotiations.data(mid: "7")), Negotiations.offer(),
        ] {
            var negotiation = try Negotiations.make()
            try negotiation.setRemote(first)
            try negotiation.setLocal(nil)
            #expect(code { try negotiation.setRemote(later) } == .invalidAccess)
            #expect(negotiation.signalingState == .stable)
        }
        // The place of a section that was refused may be taken by another.
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(first)
        try negotiation.setLocal(nil)
        let recycled = "m=image 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\n"
        try negotiation.setRemote(Negotiations.offer(recycled, Negotiations.data()))
    }

    @Test("a new fingerprint with the old credentials is refused, in offers and in answers (CRT-19)")
    func fingerprintChange() throws {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(Negotiations.offer(Negotiations.data()))
        try negotiation.setLocal(nil)
        #expect(
            code { try negotiation.setRemote(Negotiations.offer(Negotiations.data(fingerprint: 3))) } == .invalidAccess)
        try negotiation.setLocal(nil)
        let text = Negotiations.session + Negotiations.data(fingerprint: 3, setup: "active")
        #expect(code { try negotiation.setRemote(SessionDescription(type: .answer, sdp: text)) } == .invalidAccess)
        let moved = Negotiations.session + Negotiations.data(ufrag: "efgh", fingerprint: 3, setup: "active")
        try negotiation.setRemote(SessionDescription(type: .answer, sdp: moved))
        #expect(negotiation.signalingState == .stable)
    }

    @Test("applying the same remote offer twice gives one data section and one answer (NEG-32, 34)")
    func twice() throws {
        var negotiation = try Negotiations.make()
        let offer = Negotiations.offer(Negotiations.data())
        try negotiation.setRemote(offer)
        _ = try negotiation.createAnswer()
        try negotiation.setRemote(Negotiations.offer(Negotiations.data(ufrag: "efgh")))
        try negotiation.setRemote(offer)
        #expect(negotiation.signalingState == .haveRemoteOffer)
        try negotiation.setLocal(nil)
        #expect(negotiation.currentLocal?.document.media.count == 1)
        #expect(negotiation.remoteTransport?.credentials.usernameFragment == "abcd")
    }

    @Test("the message size of the peer counts; without it 64 KiB (DCH-42)")
    func messageSize() throws {
        for (more, expected) in [
            ("", UInt64(65_536)), ("a=max-message-size:1000\r\n", 1000), ("a=max-message-size:0\r\n", 0),
            ("a=max-message-size:18446744073709551615\r\n", .max),
        ] {
            var negotiation = try Negotiations.make()
            try negotiation.setRemote(Negotiations.offer(Negotiations.data(more: more)))
            try negotiation.setLocal(nil)
            #expect(negotiation.remoteData?.maxMessageSize == expected)
        }
    }

    @Test("who does not say how large its packets may be is sent what fits Ethernet; we say it")
    func packetSize() throws {
        for (more, expected) in [
            ("", UInt16(1_452)), ("a=sctp-max-packet-size:9000 1\r\n", 9000),
            ("a=sctp-max-packet-size:-1 1\r\n", 1_452), ("a=sctp-max-packet-size:9000\r\n", 1_452),
            ("a=sctp-max-packet-size:70000 1\r\n", 1_452),
        ] {
            var negotiation = try Negotiations.make()
            try negotiation.setRemote(Negotiations.offer(Negotiations.data(more: more)))
            try negotiation.setLocal(nil)
            #expect(negotiation.remoteData?.maxPacketSize == expected)
            #expect(negotiation.currentLocal?.document.media.first?.maxPacketSize(inSession: "77") == 16_000)
        }
    }

    @Test("a peer that copies our attributes into its description does not thereby take our packets, nor add streams")
    func copiedPacketSize() throws {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(Negotiations.offer(Negotiations.data()))
        try negotiation.setLocal(nil)
        let ours = try #require(
            negotiation.currentLocal?.description.sdp.split(whereSeparator: \.isNewline)
                .first { $0.hasPrefix("a=sctp-max-packet-size:") })
        try negotiation.setRemote(Negotiations.offer(Negotiations.data(more: "\(ours)\r\n")))
        try negotiation.setLocal(nil)
        #expect(negotiation.remoteData?.maxPacketSize == 1_452)
        #expect(negotiation.remoteData?.addsStreams == false)
    }

    @Test("whether the peer trickles is known from its description")
    func trickle() throws {
        var negotiation = try Negotiations.make()
        #expect(negotiation.descriptions.canTrickle == nil)
        try negotiation.setRemote(Negotiations.offer(Negotiations.data()))
        #expect(negotiation.descriptions.canTrickle == false)
        try negotiation.setRemote(Negotiations.offer(Negotiations.data(more: "a=ice-options:trickle ice2\r\n")))
        #expect(negotiation.descriptions.canTrickle == true)
    }

    @Test("an offer with parts cut out, doubled or changed is taken or refused, and never leaves half of itself behind")
    func mutations() throws {
        let lines = (Negotiations.offer(Negotiations.unused(), Negotiations.data()).sdp)
            .split(separator: "\r\n").map { String($0) + "\r\n" }
        var generator = SeededGenerator(seed: 2026)
        var taken = 0
        for _ in 0..<400 {
            var mutated = lines
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<mutated.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: mutated.remove(at: index)
                case 1: mutated.insert(mutated[index], at: Int.random(in: 0...mutated.count, using: &generator))
                case 2: mutated[index] = String(mutated[index].shuffled(using: &generator))
                default: mutated.swapAt(index, Int.random(in: 0..<mutated.count, using: &generator))
                }
                if mutated.isEmpty { break }
            }
            var negotiation = try Negotiations.make()
            do throws(WebRTCError) {
                try negotiation.setRemote(SessionDescription(type: .offer, sdp: mutated.joined()))
                try negotiation.setLocal(nil)
                #expect(negotiation.signalingState == .stable)
                taken += 1
            } catch {
                #expect([.sdpSyntax, .invalidAccess].contains(error.code), "\(error)")
                #expect(negotiation.signalingState == .stable && negotiation.remote == nil)
            }
        }
        #expect(taken > 20 && taken < 400)
    }
}
