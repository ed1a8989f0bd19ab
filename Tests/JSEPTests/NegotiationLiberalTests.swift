import SDP
import Testing
import TransportTypes

@testable import JSEP

/// What other implementations write beside the grammar, or as drafts had it.
@Suite("Odd descriptions of other implementations")
struct NegotiationLiberalTests {
    private func answer(_ offer: SessionDescription) throws -> SDPDocument {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(offer)
        try negotiation.setLocal(nil)
        #expect(negotiation.signalingState == .stable)
        return try #require(negotiation.currentLocal).document
    }

    @Test("ufrag and password may hold what Chromium takes beside the grammar")
    func credentials() throws {
        let section = Negotiations.data(ufrag: "a-_=#+/9", pwd: "-_=#abcdefghijklmnopqr")
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(Negotiations.offer(section))
        try negotiation.setLocal(nil)
        #expect(negotiation.remoteTransport?.credentials.usernameFragment == "a-_=#+/9")
        for bad in ["ab.d", "ab:d", "ab d", "abc", "ab~d"] {
            var negotiation = try Negotiations.make()
            #expect(
                code { try negotiation.setRemote(Negotiations.offer(Negotiations.data(ufrag: bad))) } == .invalidAccess)
        }
    }

    @Test(
        "a section that we refuse, or that is refused, may say anything",
        arguments: [
            Negotiations.unused(mid: "u"), Negotiations.data(mid: "u", port: 0, ufrag: "a", pwd: "b", setup: "none"),
            Negotiations.data(mid: "u").replacing("webrtc-datachannel", with: "*"),
        ])
    func unused(section: String) throws {
        let more = "a=setup:both\r\na=sctp-port:x\r\na=max-message-size:-1\r\na=fingerprint:x\r\na=ice-ufrag:x\r\n"
        let document = try answer(Negotiations.offer(section + more, Negotiations.data(mid: "d")))
        #expect(document.media.map(\.isRejected) == [true, false])
    }

    @Test("what a section needs and does not say so that it can be read is refused, naming the section and the text")
    func needed() throws {
        for (more, text) in [("a=sctp-port:65536\r\n", "sctp-port:65536"), ("a=setup:both\r\n", "setup:both")] {
            let section = Negotiations.data(mid: "d", setup: nil).replacing("a=sctp-port:5000\r\n", with: more)
            for kind in [SessionDescription.Kind.offer, .answer] {
                var negotiation = try Negotiations.make()
                negotiation.wantsData = true
                if kind == .answer { try negotiation.setLocal(nil) }
                let before = negotiation.signalingState
                let sdp = Negotiations.session + section.replacing("a=mid:d", with: "a=mid:0")
                let error = #expect(throws: WebRTCError.self) {
                    try negotiation.setRemote(SessionDescription(type: kind, sdp: sdp))
                }
                #expect(error?.code == .sdpSyntax && error?.message.contains(text) == true)
                #expect(error?.message.contains("section 0") == true && negotiation.signalingState == before)
            }
        }
    }

    @Test("what says who the peer is and cannot be used is refused, naming the section and the text, but no password")
    func unusable() throws {
        let long = "sha-256 zz:" + String(repeating: "AB:", count: 100)
        for (section, texts) in [
            (
                Negotiations.data(fingerprint: nil, more: "a=fingerprint:\(long)\r\n"),
                ["'a=fingerprint:sha-256 zz:AB:", "…' of section 0 (m=application, mid '0')", "byte 1", "'zz'"]
            ),
            (Negotiations.data(fingerprint: nil, more: "a=fingerprint:md5\r\n"), ["'a=fingerprint:md5'", "1 word"]),
            (Negotiations.data(fingerprint: nil), ["section 0 (m=application, mid '0') has no a=fingerprint"]),
            (Negotiations.data(ufrag: "abc"), ["'a=ice-ufrag:abc' of section 0 (m=application, mid '0')", "4 to 256"]),
            (Negotiations.data(pwd: "secret"), ["a=ice-pwd with 6 characters of section 0", "22 to 256"]),
            (Negotiations.data(ufrag: nil), ["section 0 (m=application, mid '0') lacks a=ice-ufrag"]),
        ] {
            var negotiation = try Negotiations.make()
            let error = #expect(throws: WebRTCError.self) { try negotiation.setRemote(Negotiations.offer(section)) }
            for text in ["setRemoteDescription: "] + texts {
                #expect(error?.message.contains(text) == true, "\(error)")
            }
            #expect(error?.message.contains("secret") == false)
        }
    }

    @Test("a fingerprint that cannot be read or checked beside one that can is passed over")
    func fingerprints() throws {
        let more = "a=fingerprint:sha-999 00:11\r\na=fingerprint:x\r\na=fingerprint\r\n"
        #expect(try answer(Negotiations.offer(Negotiations.data(more: more))).media[0].port == 9)
        #expect(try answer(Negotiations.offer(more + Negotiations.data())).media[0].port == 9)
    }

    @Test("the size of messages is what RFC 8841 has without it, if it cannot be read")
    func messageSize() throws {
        for (text, size) in [
            ("x", 65_536), ("-1", 65_536), ("", 65_536), ("0", 0), ("99999999999999999999", UInt64.max),
        ] {
            var negotiation = try Negotiations.make()
            try negotiation.setRemote(
                Negotiations.offer(Negotiations.data(more: "a=max-message-size:\(text)\r\n")))
            try negotiation.setLocal(nil)
            #expect(negotiation.remoteData?.maxMessageSize == size)
        }
    }

    @Test("names are told apart without regard to case, and the answer repeats the offer's protocol")
    func cases() throws {
        let data = Negotiations.data(mid: "d", setup: "ActPass").replacing("UDP/DTLS", with: "udp/dtls")
        let audio = Negotiations.media("audio", mid: "a").replacing("UDP/TLS/RTP/SAVPF", with: "udp/tls/rtp/savpf")
            .replacing("sha-256", with: "SHA-256")
        let document = try answer(Negotiations.offer(audio, data))
        #expect(document.media.map(\.transport) == ["udp/tls/rtp/savpf", "udp/dtls/SCTP"])
        #expect(document.media.map(\.setup) == [.passive, .active] && !document.media.contains(where: \.isRejected))
    }

    @Test("an empty mid is none, and the section gets a free one")
    func emptyMid() throws {
        let offer = Negotiations.offer(Negotiations.data(mid: ""), Negotiations.unused(mid: "0"))
        #expect(try answer(offer).media.map(\.mid) == ["1", "0"])
    }

    @Test("a section without a mid does not get the one it had, if another section has it now")
    func takenMid() throws {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(Negotiations.offer(Negotiations.data(mid: nil, port: 0), Negotiations.data(mid: "x")))
        try negotiation.setLocal(nil)
        #expect(negotiation.currentRemote?.document.media.map(\.mid) == ["0", "x"])
        let next = Negotiations.offer(
            Negotiations.data(mid: nil, port: 0), Negotiations.data(mid: "x"), Negotiations.unused(mid: "0"))
        try negotiation.setRemote(next)
        #expect(negotiation.pendingRemote?.document.media.map(\.mid) == ["1", "x", "0"])
    }

    // MARK: The form before RFC 8841

    private static func old(_ transport: String = "DTLS/SCTP", port: String = "5000", more: String? = nil) -> String {
        Negotiations.data(mid: "d").replacing("UDP/DTLS/SCTP webrtc-datachannel", with: "\(transport) \(port)")
            .replacing("a=sctp-port:5000\r\n", with: more ?? "a=sctpmap:\(port) webrtc-datachannel 1024\r\n")
    }

    @Test(
        "an offer of the old form is answered in it (RFC 9429 §5.3.1)",
        arguments: ["DTLS/SCTP", "UDP/DTLS/SCTP", "TCP/DTLS/SCTP"], ["5000", "6000"])
    func oldOffer(transport: String, port: String) throws {
        for more in [nil, "", "a=sctpmap:x\r\n", "a=sctpmap:\(port) webrtc-datachannel\r\na=sctp-port:x\r\n"] {
            var negotiation = try Negotiations.make()
            try negotiation.setRemote(Negotiations.offer(Self.old(transport, port: port, more: more)))
            try negotiation.setLocal(nil)
            let media = try #require(negotiation.currentLocal).document.media[0]
            #expect(media.transport == transport && media.formats == [port] && media.port == 9)
            #expect(media.sctpMaps == [SCTPMapAttribute(port: try #require(UInt16(port)), streams: 1024)])
            #expect(!media.has("sctp-port") && media.isDataChannels)
            #expect(negotiation.agreedLocalData?.sctpPort == UInt16(port))
            #expect(negotiation.remoteData?.sctpPort == UInt16(port))
        }
    }

    @Test("later offers keep the old form, whoever makes them, and follow the peer into the new one")
    func oldRounds() throws {
        var negotiation = try Negotiations.make()
        let offer = Negotiations.offer(Self.old())
        for _ in 0..<2 {
            try negotiation.setRemote(offer)
            try negotiation.setLocal(nil)
            #expect(negotiation.currentLocal?.document.media[0].isOldDataChannels == true)
        }
        try negotiation.setLocal(nil)
        let own = try #require(negotiation.pendingLocal).document.media[0]
        #expect(own.isOldDataChannels && own.transport == "DTLS/SCTP" && own.formats == ["5000"])
        try negotiation.setRemote(
            SessionDescription(
                type: .answer, sdp: Negotiations.session + Self.old().replacing("actpass", with: "active")))
        #expect(negotiation.signalingState == .stable && negotiation.remoteData?.sctpPort == 5000)
        try negotiation.setRemote(Negotiations.offer(Negotiations.data(mid: "d")))
        try negotiation.setLocal(nil)
        let media = try #require(negotiation.currentLocal).document.media[0]
        #expect(media.formats == ["webrtc-datachannel"] && media.sctpPort == 5000 && media.sctpMaps.isEmpty)
    }

    @Test("an answer of the old form to an offer of ours is read, and the next offer is in that form")
    func oldAnswer() throws {
        var negotiation = try Negotiations.make()
        negotiation.wantsData = true
        try negotiation.setLocal(nil)
        let answer = Self.old(port: "6000").replacing("a=mid:d", with: "a=mid:0").replacing("actpass", with: "active")
        try negotiation.setRemote(SessionDescription(type: .answer, sdp: Negotiations.session + answer))
        #expect(negotiation.remoteData?.sctpPort == 6000 && negotiation.agreedLocalData?.sctpPort == 5000)
        try negotiation.setLocal(nil)
        #expect(negotiation.pendingLocal?.document.media[0].isOldDataChannels == true)
    }

    @Test("refusing an old section keeps its form")
    func oldRefused() throws {
        let document = try answer(Negotiations.offer(Negotiations.data(mid: "x"), Self.old()))
        #expect(document.media[1].isRejected && document.media[1].formats == ["5000"])
        #expect(document.media[1].transport == "DTLS/SCTP")
    }
}
