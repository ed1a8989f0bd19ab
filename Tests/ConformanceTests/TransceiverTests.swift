import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("TRX: transceivers, tracks, directions, stop", .timeLimit(.minutes(3)))
struct TransceiverTests {
    private let pair: ConnectedPair

    init() throws { pair = try ConnectedPair() }

    @Test("TRX-01 the direction stopped cannot be begun with, and nothing is added; there are two kinds")
    func badArguments() async throws {
        await expect(.type) { try await pair.a.addTransceiver(.audio, options: .init(direction: .stopped)) }
        #expect(pair.a.transceivers.isEmpty && MediaKind(rawValue: "invalid") == nil)
        #expect(TransceiverDirection(rawValue: "invalid") == nil)
    }

    @Test("TRX-02 a new transceiver has no mid and no current direction, and a receiver that is live and muted")
    func fresh() async throws {
        let track = MediaStreamTrack(.video)
        let plain = try await pair.a.addTransceiver(.audio)
        let sending = try await pair.a.addTransceiver(sending: track, options: .init(direction: .sendonly))
        #expect(plain.direction == .sendrecv && sending.direction == .sendonly)
        #expect(plain.sender.track == nil && sending.sender.track === track && sending.kind == .video)
        for transceiver in [plain, sending] {
            #expect(transceiver.mid == nil && transceiver.currentDirection == nil)
            let received = transceiver.receiver.track
            #expect(received.readyState == .live && received.isMuted && received.kind == transceiver.kind)
            #expect(received.id != track.id)
        }
        #expect(plain.receiver.track.id != sending.receiver.track.id)
        let (all, senders, receivers) = (pair.a.transceivers, pair.a.senders, pair.a.receivers)
        #expect(all.count == 2 && all[0] === plain && all[1] === sending)
        #expect(senders[0] === plain.sender && receivers[1] === sending.receiver)
    }

    @Test("TRX-03 a track may be sent twice with addTransceiver, which never uses an idle transceiver")
    func twice() async throws {
        let track = MediaStreamTrack(.audio)
        let idle = try await pair.a.addTransceiver(.audio)
        let one = try await pair.a.addTransceiver(sending: track)
        let two = try await pair.a.addTransceiver(sending: track)
        #expect(pair.a.transceivers.count == 3 && one !== two && one !== idle)
        #expect(one.sender.track === track && two.sender.track === track)
    }

    @Test("TRX-05 addTrack fails on a closed connection, and for a track that is sent already")
    func addTrackErrors() async throws {
        let track = MediaStreamTrack(.audio)
        try await pair.a.addTrack(track)
        await expect(.invalidAccess) { try await pair.a.addTrack(track) }
        pair.b.close()
        await expect(.invalidState) { try await pair.b.addTrack(track) }
    }

    @Test("TRX-06 addTrack takes an idle sender of its kind, also one that the peer's offer has brought")
    func reuse() async throws {
        let idle = try await pair.a.addTransceiver(.audio, options: .init(direction: .recvonly))
        let track = MediaStreamTrack(.audio)
        #expect(try await pair.a.addTrack(track) === idle.sender)
        #expect(idle.direction == .sendrecv && idle.sender.track === track)
        try await pair.a.addTrack(MediaStreamTrack(.video))
        #expect(pair.a.transceivers.map(\.kind) == [.audio, .video])
        try await pair.b.setRemoteDescription(pair.a.createOffer())
        let brought = try #require(pair.b.transceivers.first)
        #expect(brought.direction == .recvonly)
        #expect(try await pair.b.addTrack(MediaStreamTrack(.audio)) === brought.sender)
        #expect(brought.direction == .sendrecv && pair.b.transceivers.count == 2)
    }

    @Test("TRX-08 removeTrack fails on a closed connection, and for the sender of another")
    func removeTrackErrors() async throws {
        let sender = try await pair.a.addTrack(MediaStreamTrack(.audio))
        await expect(.invalidAccess) { try await pair.b.removeTrack(sender) }
        pair.a.close()
        pair.b.close()
        await expect(.invalidState) { try await pair.a.removeTrack(sender) }
        await expect(.invalidState) { try await pair.b.removeTrack(sender) }
    }

    @Test(
        "TRX-09 removeTrack takes the track and the sending, and leaves the current direction",
        arguments: [
            (.sendrecv, .recvonly), (.sendonly, .inactive), (.recvonly, .recvonly), (.inactive, .inactive),
        ] as [(TransceiverDirection, TransceiverDirection)])
    func removeTrack(before: JSEP.TransceiverDirection, after: JSEP.TransceiverDirection) async throws {
        let transceiver = try await pair.a.addTransceiver(
            sending: MediaStreamTrack(.audio), options: .init(direction: before))
        try await pair.negotiate()
        let current = transceiver.currentDirection
        try await pair.a.removeTrack(transceiver.sender)
        #expect(transceiver.sender.track == nil && transceiver.direction == after)
        #expect(current != nil && transceiver.currentDirection == current)
    }

    @Test("TRX-10 removeTrack does nothing to a stopped transceiver, and without a track")
    func removeTrackInVain() async throws {
        let track = MediaStreamTrack(.audio)
        let stopped = try await pair.a.addTransceiver(sending: track)
        try stopped.stop()
        try await pair.a.removeTrack(stopped.sender)
        #expect(stopped.sender.track === track)
        let empty = try await pair.a.addTransceiver(.audio)
        try await pair.a.removeTrack(empty.sender)
        #expect(empty.direction == .sendrecv)
    }

    @Test("TRX-11 the direction changes at once, and not the current one")
    func direction() async throws {
        let transceiver = try await pair.a.addTransceiver(.audio)
        try transceiver.setDirection(.recvonly)
        #expect(transceiver.direction == .recvonly && transceiver.currentDirection == nil)
        try transceiver.setDirection(.sendonly)
        try await pair.negotiate()
        #expect(transceiver.currentDirection == .sendonly)
        try transceiver.setDirection(.inactive)
        #expect(transceiver.direction == .inactive && transceiver.currentDirection == .sendonly)
        #expect(throws: WebRTCError.self) { try transceiver.setDirection(.stopped) }
    }

    @Test("TRX-12 a mid comes with the description that is set, not with the one that is made")
    func mid() async throws {
        let transceiver = try await pair.a.addTransceiver(.audio)
        let offer = try await pair.a.createOffer()
        #expect(transceiver.mid == nil)
        try await pair.a.setLocalDescription(offer)
        #expect(transceiver.mid != nil && offer.values(of: "mid") == [transceiver.mid])
        try await pair.b.setRemoteDescription(offer)
        #expect(pair.b.transceivers.map(\.mid) == [transceiver.mid])
    }

    @Test("TRX-13 the current direction comes with the answer, mirrored")
    func oneWay() async throws {
        let track = MediaStreamTrack(.audio)
        try await pair.a.addTrack(track)
        try await pair.a.setLocalDescription()
        try await pair.b.setRemoteDescription(#require(pair.a.localDescription))
        #expect(pair.a.transceivers[0].currentDirection == nil && pair.b.transceivers[0].currentDirection == nil)
        try await pair.b.setLocalDescription()
        #expect(pair.b.transceivers[0].currentDirection == .recvonly)
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        #expect(pair.a.transceivers[0].currentDirection == .sendonly && pair.a.transceivers[0].direction == .sendrecv)
    }

    @Test("TRX-15 with a track of the answerer's, one transceiver at each end goes both ways")
    func twoWay() async throws {
        try await pair.a.addTrack(MediaStreamTrack(.audio))
        try await pair.a.setLocalDescription()
        try await pair.b.setRemoteDescription(#require(pair.a.localDescription))
        try await pair.b.addTrack(MediaStreamTrack(.audio))
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        for side in [pair.a, pair.b] { #expect(side.transceivers.map(\.currentDirection) == [.sendrecv]) }
        let event = await pair.a.tracks.first()
        #expect(event?.transceiver === pair.a.transceivers[0])
    }

    @Test("TRX-16 what the application sets while a description is under way is not overwritten")
    func meanwhile() async throws {
        try await pair.a.addTransceiver(.audio)
        let transceiver = try await pair.b.addTrack(MediaStreamTrack(.audio))
        let offer = try await pair.a.createOffer()
        let setting = begin { try await pair.b.setRemoteDescription(offer) }
        let track = MediaStreamTrack(.audio)
        try transceiver.replaceTrack(track)
        try pair.b.transceivers[0].setDirection(.inactive)
        try await setting.value
        _ = try await pair.b.createAnswer()
        #expect(pair.b.transceivers.map(\.direction) == [.inactive] && transceiver.track === track)
        #expect(pair.b.transceivers[0].mid != nil)
    }

    @Test("TRX-17 what addTransceiver has made is never paired with the peer's section", arguments: 0..<4)
    func unpaired(variant: Int) async throws {
        let own =
            variant == 1
            ? try await pair.b.addTransceiver(sending: MediaStreamTrack(.audio))
            : try await pair.b.addTransceiver(.audio)
        if variant == 2 { try own.sender.replaceTrack(MediaStreamTrack(.audio)) }
        if variant == 3 { #expect(try await pair.b.addTrack(MediaStreamTrack(.audio)) === own.sender) }
        try await pair.a.addTransceiver(.audio)
        try await pair.b.setRemoteDescription(pair.a.createOffer())
        #expect(pair.b.transceivers.count == 2 && own.mid == nil && pair.b.transceivers[1].mid != nil)
    }

    @Test("TRX-19 a track that is removed and added again gets a second transceiver; the first becomes inactive")
    func again() async throws {
        let track = MediaStreamTrack(.audio)
        let sender = try await pair.a.addTrack(track)
        try await pair.negotiate()
        try await pair.a.removeTrack(sender)
        #expect(try await pair.a.addTrack(track) !== sender)
        try await pair.negotiate()
        #expect(pair.b.transceivers.map(\.currentDirection) == [.inactive, .recvonly])
        #expect(pair.a.transceivers.map(\.currentDirection) == [.inactive, .sendonly])
    }

    @Test("TRX-20 a section that only receives makes a transceiver, but no event")
    func recvonly() async throws {
        try await pair.b.setRemoteDescription(Foreign.offer(Foreign.media(.audio, mid: "0", direction: "recvonly")))
        #expect(pair.b.transceivers.map(\.direction) == [.recvonly])
        let tracks = pair.b.tracks
        pair.b.close()
        #expect(await tracks.first() == nil)
    }

    @Test("TRX-21 events carry receiver, track, transceiver and streams, in the order of the sections")
    func events() async throws {
        let sections = [("sendrecv", "a"), ("inactive", "b"), ("sendonly", "c"), ("recvonly", "d")].map {
            Foreign.media(.audio, mid: $0.1, direction: $0.0, codecs: nil, "a=msid:stream-\($0.1) track-\($0.1)")
        }
        try await pair.b.setRemoteDescription(Foreign.offer(sections[0], sections[1], sections[2], sections[3]))
        let all = pair.b.transceivers
        let tracks = pair.b.tracks
        pair.b.close()
        var seen: [TrackEvent] = []
        for await event in tracks { seen.append(event) }
        #expect(seen.map { $0.streams.map(\.id) } == [["stream-a"], ["stream-c"]])
        for (event, transceiver) in zip(seen, [all[0], all[2]]) {
            #expect(event.transceiver === transceiver && event.receiver === transceiver.receiver)
            #expect(event.track === transceiver.receiver.track)
        }
    }

    @Test("TRX-22 no stream, one, two, and one that is shared; a stream that is known gets its second track")
    func streams() async throws {
        let (one, two) = (MediaStream(), MediaStream())
        let tracks = pair.b.tracks
        try await pair.a.addTrack(MediaStreamTrack(.audio))
        try await pair.a.addTrack(MediaStreamTrack(.audio), streams: [one])
        try await pair.negotiate()
        try await pair.a.addTrack(MediaStreamTrack(.video), streams: [one, two])
        try await pair.negotiate()
        pair.b.close()
        var seen: [TrackEvent] = []
        for await event in tracks { seen.append(event) }
        #expect(seen.map { $0.streams.map(\.id) } == [[], [one.id], [one.id, two.id]])
        let shared = try #require(seen[1].streams.first)
        #expect(seen[2].streams[0] === shared && shared.tracks.count == 2 && shared.tracks[1] === seen[2].track)
        var added: [MediaStreamTrack] = []
        for await case .added(let track) in shared.changes {
            added.append(track)
            if added.count == 2 { break }
        }
        #expect(added.last === seen[2].track)
    }

    @Test("TRX-23 a track that is removed leaves its stream and is muted; its receiver stays")
    func removal() async throws {
        let stream = MediaStream()
        let sender = try await pair.a.addTrack(MediaStreamTrack(.audio), streams: [stream])
        try await pair.negotiate()
        let event = try #require(await pair.b.tracks.first())
        try await pair.a.removeTrack(sender)
        try await pair.negotiate()
        #expect(pair.b.receivers.count == 1 && pair.b.receivers[0] === event.receiver)
        #expect(event.streams[0].tracks.isEmpty && event.track.isMuted && event.track.readyState == .live)
        // The last track has left: there are no more changes.
        var changes: [Bool] = []
        for await change in event.streams[0].changes {
            if case .added = change { changes.append(true) } else { changes.append(false) }
        }
        #expect(changes == [true, false])
    }

    @Test("TRX-25 an offer that ends what is received mutes the track; once it is taken back, packets unmute it")
    func unmuting() async throws {
        let track = MediaStreamTrack(.audio)
        let transceiver = try await pair.a.addTransceiver(sending: track)
        try await pair.negotiate()
        try await pair.a.connected()
        try await pair.b.connected()
        let received = pair.b.receivers[0].track
        var packets = received.packets.makeAsyncIterator()
        func send(_ number: Int) async throws {
            try track.send(MediaFrame(codec: "audio/opus", data: [0xFC, 1], timestamp: .milliseconds(20 * number)))
            _ = await packets.next()
        }
        #expect(received.isMuted)
        try await send(0)
        #expect(!received.isMuted)
        try transceiver.setDirection(.inactive)
        try await pair.b.setRemoteDescription(pair.a.createOffer())
        #expect(received.isMuted)
        try await send(1)
        #expect(received.isMuted)
        try await pair.b.setRemoteDescription(SessionDescription(type: .rollback, sdp: ""))
        try await send(2)
        #expect(!received.isMuted)
        await pair.close()
    }

    @Test("TRX-26 what is stopped before it was offered is never offered")
    func stoppedEarly() async throws {
        let transceiver = try await pair.a.addTransceiver(.audio)
        try transceiver.stop()
        #expect(try await pair.a.createOffer().sections.isEmpty)
        try await pair.a.addTransceiver(.video)
        try await pair.negotiate()
        #expect(try await pair.a.createOffer().sections.map(\.kind) == ["video"])
        #expect(pair.a.transceivers.map(\.kind) == [.video])
    }

    @Test(
        "TRX-27, TRX-28 a stopped transceiver is offered with port 0, and gone at both ends", arguments: [true, false])
    func stopped(byOfferer: Bool) async throws {
        try await pair.a.addTransceiver(.audio)
        try await pair.a.addTransceiver(.video)
        try await pair.negotiate()
        let (one, other) = byOfferer ? (pair.a, pair.b) : (pair.b, pair.a)
        try one.transceivers[0].stop()
        let section = try await one.createOffer().sections[0]
        #expect(section.port == "0" && section.direction == "inactive")
        try await pair.negotiate(from: one, to: other)
        for side in [pair.a, pair.b] {
            #expect(side.transceivers.map(\.kind) == [.video] && side.senders.count == 1 && side.receivers.count == 1)
        }
        try await pair.negotiate(from: other, to: one)
        try await pair.negotiate(from: one, to: other)
        #expect(pair.a.transceivers.map(\.currentDirection) == [.sendonly])
    }

    @Test("TRX-29 stop() shows in the direction at once, elsewhere with the next round")
    func stopping() async throws {
        let transceiver = try await pair.a.addTransceiver(.audio)
        try await pair.negotiate()
        let (mid, current) = (transceiver.mid, transceiver.currentDirection)
        try transceiver.stop()
        #expect(transceiver.direction == .stopped && transceiver.mid == mid && transceiver.currentDirection == current)
        try await pair.negotiate()
        #expect(transceiver.currentDirection == .stopped && transceiver.mid == nil && mid != nil)
        #expect(transceiver.receiver.track.readyState == .ended)
    }

    @Test("TRX-31 a stop between offer and answer waits for the next round", arguments: [true, false])
    func stopInBetween(isSet: Bool) async throws {
        let transceiver = try await pair.a.addTransceiver(.audio)
        try await pair.b.addTrack(MediaStreamTrack(.audio))
        let offer = try await pair.a.createOffer()
        if isSet { try await pair.a.setLocalDescription(offer) }
        try transceiver.stop()
        if !isSet { try await pair.a.setLocalDescription(offer) }
        try await pair.b.setRemoteDescription(offer)
        try await pair.b.setLocalDescription()
        let needed = pair.a.negotiationNeeded
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        #expect(transceiver.currentDirection == .sendrecv && transceiver.direction == .stopped)
        #expect(await pair.a.tracks.first()?.transceiver === transceiver)
        #expect(await needed.first() != nil)
        try await pair.negotiate()
        #expect(pair.a.transceivers.isEmpty && pair.b.transceivers.isEmpty)
    }

    @Test("TRX-33, TRX-35 what a stopped transceiver and a closed connection refuse")
    func refusals() async throws {
        let transceiver = try await pair.a.addTransceiver(.audio)
        #expect(wrong { try transceiver.sender.replaceTrack(MediaStreamTrack(.video)) } == .type)
        try transceiver.stop()
        try transceiver.stop()
        #expect(wrong { try transceiver.setDirection(.inactive) } == .invalidState)
        #expect(wrong { try transceiver.sender.replaceTrack(MediaStreamTrack(.audio)) } == .invalidState)
        let other = try await pair.b.addTransceiver(.audio)
        pair.b.close()
        #expect(wrong { try other.stop() } == .invalidState)
        #expect(wrong { try other.sender.replaceTrack(nil) } == .invalidState)
    }

    @Test("TRX-34 the section that carries the transport can be stopped, and the session goes on")
    func bundleTag() async throws {
        let audio = try await pair.a.addTransceiver(.audio)
        try await pair.a.addTransceiver(.video)
        let (channel, _) = try await pair.channel()
        try audio.stop()
        try await pair.negotiate()
        try await pair.negotiate(from: pair.b, to: pair.a)
        try await pair.negotiate()
        #expect(pair.a.transceivers.map(\.kind) == [.video] && pair.a.connectionState == .connected)
        try await channel.send("still here")
    }

    @Test("TRX-36 another track needs no negotiation")
    func replaceTrack() async throws {
        let sender = try await pair.a.addTrack(MediaStreamTrack(.audio))
        let tracks = [MediaStreamTrack(.audio), nil, MediaStreamTrack(.audio)]
        try await pair.negotiate()
        for track in tracks {
            try sender.replaceTrack(track)
            #expect(sender.track === track)
        }
        #expect(await pair.a.countOfNeeds() == 1)
    }

    @Test(
        "TRX-37 preferences from the capabilities decide what is offered, in their order", arguments: MediaKind.allCases
    )
    func preferences(kind: JSEP.MediaKind) async throws {
        let codecs = RTPSender.capabilities(kind).codecs
        let transceiver = try await pair.a.addTransceiver(kind)
        let all = try await pair.a.createOffer().sections[0].codecs
        for chosen in [codecs.reversed(), Array(codecs.prefix(1)), codecs] {
            try transceiver.setCodecPreferences(chosen)
            let names = try await pair.a.createOffer().sections[0].codecs.filter { !$0.hasPrefix("rtx") }
            let expected = chosen.filter { $0.mimeType != "video/rtx" }.map { $0.mimeType.dropFirst(6) }
            #expect(names.map { $0.prefix { $0 != "/" } } == expected)
        }
        try transceiver.setCodecPreferences([])
        #expect(try await pair.a.createOffer().sections[0].codecs == all)
        #expect(RTPReceiver.capabilities(kind) == RTPSender.capabilities(kind))
    }

    @Test("TRX-38 foreign, invented and altered codecs are refused", arguments: MediaKind.allCases)
    func badPreferences(kind: JSEP.MediaKind) async throws {
        let transceiver = try await pair.a.addTransceiver(kind)
        let codecs = RTPSender.capabilities(kind).codecs
        var altered = [codecs[0], codecs[0], codecs[0], codecs[0]]
        altered[0].clockRate += 1
        altered[1].channels = (altered[1].channels ?? 0) + 11
        altered[2].sdpFmtpLine = "modified"
        altered[3].mimeType = "\(kind.rawValue)/invented"
        let foreign = RTPSender.capabilities(kind == .audio ? .video : .audio).codecs[0]
        for codec in altered + [foreign] {
            #expect(wrong { try transceiver.setCodecPreferences([codecs[0], codec]) } == .invalidModification)
        }
        let auxiliary = codecs.filter { $0.mimeType == "video/rtx" || $0.mimeType == "audio/telephone-event" }
        #expect(wrong { try transceiver.setCodecPreferences(auxiliary) } == .invalidModification)
    }

    @Test("TRX-39 a second transceiver that receives, and one that begins to send, are negotiated")
    func renegotiation() async throws {
        let first = try await pair.a.addTransceiver(.audio, options: .init(direction: .recvonly))
        try await pair.b.addTrack(MediaStreamTrack(.audio))
        try await pair.negotiate()
        let second = try await pair.a.addTransceiver(.audio, options: .init(direction: .recvonly))
        try await pair.b.addTrack(MediaStreamTrack(.audio))
        try await pair.negotiate()
        #expect([first, second].allSatisfy { $0.currentDirection == .recvonly } && pair.b.transceivers.count == 2)
        try first.setDirection(.sendrecv)
        try await pair.negotiate()
        #expect(first.currentDirection == .sendrecv && pair.b.transceivers[0].currentDirection == .sendrecv)
    }
}

/// The kind of the error that is thrown.
func wrong(_ body: () throws -> Void) -> WebRTCError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? WebRTCError)?.code
    }
}
