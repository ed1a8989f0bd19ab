import SDP
import Testing

@testable import JSEP

@Suite("Media sections between two negotiations")
struct MediaNegotiationTests {
    @Test("two transceivers and data channels are offered, accepted and in force at both ends")
    func round() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.audio, streams: ["s"])
        a.addTransceiver(.video)
        a.wantsData = true
        #expect(a.isNegotiationNeeded)
        try Negotiations.round(&a, &b)
        for side in [a, b] {
            let document = try #require(side.currentLocal).document
            #expect(document.media.map(\.kind) == [.audio, .video, .application])
            #expect(document.media.map(\.mid) == ["0", "1", "2"] && document.media.allSatisfy { !$0.isRejected })
            #expect(document.groups == [GroupAttribute(mids: ["0", "1", "2"])])
            // One for each kind, until the answer bundles them.
            #expect(Set(document.media.map(\.iceUfrag)).count == (side.isOfferer ? 3 : 1))
            #expect(side.transportIDs.count == 1)
            #expect(side.remoteTransport?.mid == "0" && side.remoteData != nil && side.dtlsRole != nil)
            #expect(side.transceivers.map(\.mid) == ["0", "1"] && !side.isNegotiationNeeded)
        }
        #expect(a.transceivers.map(\.negotiated.currentDirection) == [.sendonly, .sendonly])
        #expect(b.transceivers.map(\.negotiated.currentDirection) == [.recvonly, .recvonly])
        #expect(a.remoteTransport?.credentials == b.localTransport?.credentials)
        #expect(b.remoteTransport?.credentials == a.localTransport?.credentials)
    }

    @Test("the track of an offer that is rolled back has gone, and one that stays has not")
    func rolledBackTrack() throws {
        var b = try Negotiations.make(2)
        b.addTrackTransceiver(.audio)
        let offer = Negotiations.offer(Negotiations.media("audio", more: "a=sendrecv\r\na=msid:s t\r\n"))
        let came = try b.setRemote(offer)
        let id = b.transceivers[0].id
        #expect(
            came.events == [
                .signalingState(.haveRemoteOffer), .streams(transceiver: id, ids: ["s"]),
                .track(transceiver: id, streams: ["s"]),
            ])
        let gone = try b.setRemote(SessionDescription(type: .rollback))
        #expect(
            gone.events == [
                .signalingState(.stable), .streams(transceiver: id, ids: []), .muted(transceiver: id),
            ])
        #expect(b.transceivers.map(\.id) == [id])

        try b.setRemote(offer)
        try b.setLocal(nil)
        #expect(try b.setRemote(offer).events == [.signalingState(.haveRemoteOffer)])
        #expect(try b.setRemote(SessionDescription(type: .rollback)).events == [.signalingState(.stable)])
    }

    @Test("a transceiver of addTrack is for a section on which the peer receives, and for no other (RFC 8829 §5.10)")
    func addTrackAlone() throws {
        for (direction, isUsed) in [("sendonly", false), ("recvonly", true), ("sendrecv", true)] {
            var b = try Negotiations.make(2)
            b.addTrackTransceiver(.audio)
            try b.setRemote(Negotiations.offer(Negotiations.media("audio", more: "a=\(direction)\r\n")))
            #expect(b.transceivers.count == (isUsed ? 1 : 2))
            #expect((b.transceivers[0].mid != nil) == isUsed)
        }
    }

    @Test("another stream for what is sent needs an offer, and one for what is not sent does not")
    func needOfStreams() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        let id = a.addTransceiver(.audio, direction: .sendonly, streams: ["s"])
        try Negotiations.round(&a, &b)
        #expect(!a.isNegotiationNeeded)
        a[transceiver: id]?.wish.streams = ["t"]
        #expect(a.isNegotiationNeeded)
        try Negotiations.round(&a, &b)
        #expect(!a.isNegotiationNeeded)
        b[transceiver: b.transceivers[0].id]?.wish.streams = ["u"]
        #expect(!b.isNegotiationNeeded)
    }

    @Test("a transceiver that stops needs an offer until its section is refused by either side (W3C §4.7.3)")
    func needOfStopping() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.audio)
        a.addTransceiver(.video)
        try Negotiations.round(&a, &b)
        #expect(!a.isNegotiationNeeded)
        // Its direction alone would be no reason: what is written is what goes.
        a.transceivers[0].wish.direction = .sendonly
        a.transceivers[0].wish.isStopping = true
        #expect(a.isNegotiationNeeded)
        try Negotiations.round(&a, &b)
        #expect(!a.isNegotiationNeeded && !b.isNegotiationNeeded)
        // The peer stops one: that it is refused is enough.
        b.transceivers[0].wish.isStopping = true
        #expect(b.isNegotiationNeeded)
        try Negotiations.round(&b, &a)
        #expect(!a.isNegotiationNeeded && !b.isNegotiationNeeded)
    }

    @Test("what the peer sends is told by events, with the streams it names")
    func events() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.audio, streams: ["one", "two", "one"])
        a.addTransceiver(.video)
        a.addTransceiver(.video, direction: .recvonly)
        let first = try Negotiations.round(&a, &b)
        let ids = b.transceivers.map(\.id)
        #expect(
            first.b == [
                .signalingState(.haveRemoteOffer), .streams(transceiver: ids[0], ids: ["one", "two"]),
                .track(transceiver: ids[0], streams: ["one", "two"]), .track(transceiver: ids[1], streams: []),
                .signalingState(.stable),
            ])
        #expect(first.a == [.signalingState(.haveLocalOffer), .signalingState(.stable)])
        a.transceivers[0].wish.direction = .inactive
        let second = try Negotiations.round(&a, &b)
        #expect(
            second.b == [
                .signalingState(.haveRemoteOffer), .streams(transceiver: ids[0], ids: []),
                .muted(transceiver: ids[0]), .signalingState(.stable),
            ])
        #expect(b.transceivers.count == 3 && b.transceivers[0].negotiated.currentDirection == .inactive)
    }

    @Test("a section of the peer's is matched to what addTrack has made, and to nothing else")
    func matching() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.audio)
        b.addTransceiver(.audio)
        b.addTrackTransceiver(.video)
        b.addTrackTransceiver(.audio)
        try Negotiations.round(&a, &b)
        #expect(b.transceivers.map(\.mid) == [nil, nil, "0"])
        #expect(b.transceivers[2].negotiated.currentDirection == .sendrecv && b.isNegotiationNeeded)
        try Negotiations.round(&b, &a)
        #expect(a.transceivers.map(\.kind) == [.audio, .audio, .video])
        #expect(Set(a.transceivers.map(\.mid)) == Set(b.transceivers.map(\.mid)))
        #expect(!a.isNegotiationNeeded && !b.isNegotiationNeeded)
    }

    @Test("a stopped transceiver's section is refused, and its place used again for another kind")
    func recycling() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.audio)
        a.addTransceiver(.audio)
        try Negotiations.round(&a, &b)
        a.transceivers[0].wish.isStopping = true
        #expect(a.isNegotiationNeeded)
        let offer = try SDPDocument(parsing: a.createOffer(OfferOptions()).sdp)
        #expect(offer.media.map(\.port) == [0, 9] && offer.media[0].direction == .inactive)
        let events = try Negotiations.round(&a, &b)
        #expect(a.transceivers.map(\.mid) == ["1"] && b.transceivers.map(\.mid) == ["1"])
        #expect(events.a.contains(.stopped(transceiver: 1)))
        a.addTransceiver(.video)
        try Negotiations.round(&a, &b)
        #expect(a.currentLocal?.document.media.map(\.kind) == [.video, .audio])
        #expect(a.transceivers.map(\.mid) == ["1", "2"] && !a.isNegotiationNeeded)
        #expect(a.currentLocal?.document.groups.first?.mids == ["1", "2"])
    }

    @Test("what only one side knows is left out of the answer; without a codec in common the section is refused")
    func codecs() throws {
        let audio = Negotiations.media(
            "audio",
            formats: [
                (103, "ISAC/16000", nil), (0, nil, nil), (77, "opus/48000/2", "minptime=20"),
                (110, "telephone-event/8000", nil),
            ])
        var b = try Negotiations.make(2)
        try b.setRemote(Negotiations.offer(audio))
        let section = try SDPDocument(parsing: b.createAnswer().sdp).media[0]
        #expect(section.formats == ["0", "77", "110"])
        try b.setRemote(Negotiations.offer(Negotiations.media("audio", formats: [(103, "ISAC/16000", nil)])))
        #expect(try SDPDocument(parsing: b.createAnswer().sdp).media[0].isRejected)
        try b.setLocal(nil)
        #expect(b.transceivers.isEmpty && b.localTransport == nil)
    }

    @Test("retransmission goes with its codec, and H.264 by profile and packetization mode")
    func video() throws {
        let offer = Negotiations.media(
            "video",
            formats: [
                (97, "rtx/90000", "apt=96"), (96, "VP8/90000", nil), (99, "rtx/90000", "apt=98"),
                (100, "rtx/90000", "apt=96"),
                (40, "H264/90000", "profile-level-id=42e034;packetization-mode=1"),
                (41, "H264/90000", "profile-level-id=6e0034;packetization-mode=1"), (42, "rtx/90000", "apt=41"),
            ])
        var b = try Negotiations.make(2)
        try b.setRemote(Negotiations.offer(offer))
        let section = try SDPDocument(parsing: b.createAnswer().sdp).media[0]
        #expect(section.formats == ["96", "97", "40"])
        #expect(section.formatParameters.first { $0.format == "40" }?["profile-level-id"] == "42e01f")
    }

    @Test("payload types that the peer has chosen stay, and mean one thing in all sections")
    func numbers() throws {
        var b = try Negotiations.make(2)
        try b.setRemote(Negotiations.offer(Negotiations.media("audio", formats: [(96, "opus/48000/2", nil)])))
        try b.setLocal(nil)
        b.addTransceiver(.video)
        let offer = try SDPDocument(parsing: b.createOffer(OfferOptions()).sdp)
        #expect(offer.media[0].formats.first == "96" && offer.media[1].formats.first != "96")
        let numbers = offer.media.flatMap { RTPFormat.all(in: $0) }
        #expect(Set(numbers.map(\.payloadType)).count == numbers.count)
        #expect(numbers.allSatisfy { !(64...95).contains($0.payloadType) })
    }

    @Test("a transceiver of a remote offer goes with it when it is taken back; one with a track stays")
    func rollback() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.audio)
        a.addTransceiver(.video)
        try b.setRemote(a.createOffer(OfferOptions()))
        #expect(b.transceivers.count == 2)
        b.transceivers[1].hadTrackAdded = true
        try b.setRemote(SessionDescription(type: .rollback))
        #expect(b.transceivers.map(\.kind) == [.video] && b.transceivers[0].mid == nil)
        try Negotiations.round(&a, &b)
        #expect(b.transceivers.count == 2)
    }

    @Test("an own offer that meets the peer's is made again afterwards, and both ends agree")
    func glare() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTrackTransceiver(.audio)
        a.addTransceiver(.video)
        b.addTrackTransceiver(.audio)
        try a.setLocal(nil)
        try b.setLocal(nil)
        try a.setRemote(#require(b.local).description)
        #expect(a.transceivers.map(\.mid) == ["0", nil])
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        #expect(a.isNegotiationNeeded && !b.isNegotiationNeeded)
        try Negotiations.round(&a, &b)
        #expect(!a.isNegotiationNeeded && !b.isNegotiationNeeded)
        #expect(a.transceivers.count == 2 && b.transceivers.count == 2)
    }

    @Test("media whose RTCP wants a port of its own is refused")
    func separateRTCP() throws {
        var b = try Negotiations.make(2)
        let section = Negotiations.media("audio").replacing("a=rtcp-mux\r\n", with: "")
        try b.setRemote(Negotiations.offer(section))
        #expect(try SDPDocument(parsing: b.createAnswer().sdp).media[0].isRejected)
    }

    @Test("an answer that sends where the offer does not receive is refused")
    func direction() throws {
        for (ours, theirs) in [(TransceiverDirection.sendonly, "sendonly"), (.recvonly, "recvonly")] {
            var a = try Negotiations.make()
            a.addTransceiver(.audio, direction: ours)
            try a.setLocal(nil)
            let text = Negotiations.media("audio", mid: "0", more: "a=\(theirs)\r\n")
            let answer = SessionDescription(type: .answer, sdp: Negotiations.session + text)
            #expect(code { try a.setRemote(answer) } == .invalidAccess)
        }
    }

    @Test("bundle-only stands where the policy asks for it, and on new sections only")
    func policies() throws {
        for (policy, expected) in [
            (BundlePolicy.balanced, [false, true, false]), (.maxCompat, [false, false, false]),
            (.maxBundle, [false, true, true]),
        ] {
            var a = try Negotiations.make(1, policy: policy)
            var b = try Negotiations.make(2)
            a.addTransceiver(.audio)
            a.addTransceiver(.audio)
            a.addTransceiver(.video)
            let offer = try SDPDocument(parsing: a.createOffer(OfferOptions()).sdp)
            #expect(offer.media.map(\.isBundleOnly) == expected)
            #expect(offer.media.map { $0.port == 0 } == expected)
            try Negotiations.round(&a, &b)
            #expect(a.transceivers.allSatisfy { $0.negotiated.currentDirection == .sendonly })
            #expect(try !a.createOffer(OfferOptions()).sdp.contains("bundle-only"))
        }
    }
}

@Suite("Media sections of somebody who wishes us ill")
struct HostileMediaTests {
    @Test("hundreds of sections that lean on one another are answered")
    func many() throws {
        let count = 500
        var text = Negotiations.session + "a=group:BUNDLE \((0..<count).map { "\($0)" }.joined(separator: " "))\r\n"
        text += Negotiations.media("audio", mid: "0")
        for mid in 1..<count {
            text += "m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\na=bundle-only\r\na=mid:\(mid)\r\na=rtcp-mux\r\n"
            text += "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
            text += "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=ssrc:\(mid) cname:x\r\n"
            text += "a=simulcast:recv a;b;c;d;e;f;g;h;i send a;b;c;d;e;f;g;h;i\r\n"
        }
        var b = try Negotiations.make(2)
        try b.setRemote(SessionDescription(type: .offer, sdp: text))
        try b.setLocal(nil)
        #expect(b.transceivers.count == count && !b.isNegotiationNeeded)
        _ = try b.createOffer(OfferOptions())
        #expect(b.lastOffer?.document.media.count == count)
    }
}
