import JSEP
import RTP
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Senders of media", .timeLimit(.minutes(2)))
struct SenderTests {
    private func connect(
        _ kind: MediaKind, _ options: TransceiverOptions = TransceiverOptions(), preferring codecs: [RTPCodec] = []
    ) async throws -> (ConnectedPair, MediaStreamTrack, RTPTransceiver, MediaStreamTrack) {
        let pair = try ConnectedPair()
        let track = MediaStreamTrack(kind)
        let (transceiver, received) = try await pair.receivingTrack {
            let transceiver = try await $0.addTransceiver(sending: track, options: options)
            try transceiver.setCodecPreferences(codecs)
            return transceiver
        }
        return (pair, track, transceiver, received)
    }

    private func code(_ body: () throws -> Void) -> WebRTCError.Code? {
        do {
            try body()
            return nil
        } catch let error as WebRTCError {
            return error.code
        } catch {
            return nil
        }
    }

    @Test("parameters are what was agreed on, and only an encoding's values can be changed, once for each reading")
    func parameters() async throws {
        let (pair, _, transceiver, received) = try await connect(.video)
        var parameters = transceiver.sender.getParameters()
        #expect(parameters.codecs.first?.codec.mimeType == "video/VP8" && parameters.encodings.map(\.rid) == [nil])
        #expect(!parameters.rtcp.cname.isEmpty && parameters.rtcp.reducedSize && !parameters.headerExtensions.isEmpty)
        let theirs = pair.b.transceivers[0].receiver.getParameters()
        #expect(theirs.codecs.map(\.payloadType).contains(parameters.codecs[0].payloadType))
        parameters.encodings[0].maxBitrate = 100_000
        try transceiver.sender.setParameters(parameters)
        #expect(transceiver.sender.getParameters().encodings[0].maxBitrate == 100_000)
        // The reading was used up by setting it; another one has come since.
        #expect(code { try transceiver.sender.setParameters(parameters) } == .invalidState)
        var longer = transceiver.sender.getParameters()
        longer.encodings.append(RTPEncodingParameters(rid: "x"))
        #expect(code { try transceiver.sender.setParameters(longer) } == .invalidModification)
        var small = transceiver.sender.getParameters()
        small.encodings[0].scaleResolutionDownBy = 0.5
        #expect(code { try transceiver.sender.setParameters(small) } == .range)
        _ = received
        await pair.close()
        #expect(code { try transceiver.sender.setParameters(small) } == .invalidState)
    }

    @Test("an encoding that is not active is not sent, and goes on when it is again")
    func active() async throws {
        let (pair, track, transceiver, received) = try await connect(.audio)
        let frames = received.frames
        func send(_ value: UInt8) throws {
            try track.send(
                MediaFrame(codec: "audio/opus", data: [0xFC, value], timestamp: .milliseconds(20 * Int(value))))
        }
        var iterator = frames.makeAsyncIterator()
        try send(1)
        #expect(await iterator.next()?.data.last == 1)
        var parameters = transceiver.sender.getParameters()
        parameters.encodings[0].active = false
        try transceiver.sender.setParameters(parameters)
        try send(2)
        // The loop has taken it when it answers.
        _ = await pair.a.getStats()
        parameters = transceiver.sender.getParameters()
        parameters.encodings[0].active = true
        try transceiver.sender.setParameters(parameters)
        try send(3)
        #expect(await iterator.next()?.data.last == 3)
        await pair.close()
    }

    @Test("a track that is not enabled is silent or black, and what follows begins with a picture that needs no other")
    func muted() async throws {
        let (pair, track, _, received) = try await connect(.video)
        var iterator = received.frames.makeAsyncIterator()
        var requests = track.keyFrameRequests.makeAsyncIterator()
        func send(_ number: Int, isKeyFrame: Bool) throws {
            try track.send(
                MediaFrame(
                    codec: "video/VP8", data: [isKeyFrame ? 0 : 1, UInt8(number)],
                    timestamp: .milliseconds(33 * number),
                    isKeyFrame: isKeyFrame))
        }
        try send(1, isKeyFrame: true)
        #expect(await iterator.next()?.data == [0, 1])
        track.isEnabled = false
        let black = await iterator.next()
        #expect(black?.isKeyFrame == true && black?.data == Silence.picture(codec: "vp8"))
        for number in 2..<40 { try send(number, isKeyFrame: false) }
        // Once a second, not with each picture.
        let again = try #require(await iterator.next())
        #expect(again.data == black?.data)
        #expect((again.timestamp - (black?.timestamp ?? .zero)) / .seconds(1) > 0.9)
        track.isEnabled = true
        _ = await requests.next()
        try send(41, isKeyFrame: false)
        try send(42, isKeyFrame: true)
        #expect(await iterator.next()?.data == [0, 42])
        await pair.close()
    }

    @Test("silence of each codec lasts as long as what it takes the place of")
    func silence() {
        for (frame, samples) in [([0xFC, 1, 2] as [UInt8], 960), ([0xF8 | 1, 1, 2], 1920), ([0x18, 1], 2880)] {
            let silence = Silence.sound(insteadOf: frame.span, codec: "opus") ?? []
            let span = silence.span
            let count = OpusFormat.sampleCount(of: span)
            #expect(count == samples)
        }
        let frame: [UInt8] = Array(repeating: 3, count: 160)
        #expect(Silence.sound(insteadOf: frame.span, codec: "pcmu") == Array(repeating: 0xFF, count: 160))
        #expect(Silence.sound(insteadOf: frame.span, codec: "unknown") == nil)
    }

    @Test("several encodings are sent and told apart")
    func simulcast() async throws {
        let options = TransceiverOptions(sendEncodings: [.init(rid: "h"), .init(rid: "l")])
        let (pair, track, transceiver, received) = try await connect(.video, options)
        #expect(transceiver.sender.getParameters().encodings.map(\.rid) == ["h", "l"])
        let frames = received.frames
        for (name, value) in [("h", 7), ("l", 9)] as [(String, UInt8)] {
            var frame = MediaFrame(codec: "video/VP8", data: [0, value], timestamp: .zero)
            frame.streamID = name
            try track.send(frame)
        }
        var got: [String: UInt8] = [:]
        for await frame in frames {
            got[frame.streamID ?? "none"] = frame.data[1]
            if got.count == 2 { break }
        }
        #expect(got == ["h": 7, "l": 9])
        // A picture that is wanted is wanted of one size, or of each.
        var requests = track.keyFrameRequests.makeAsyncIterator()
        for active in [false, true] {
            var parameters = transceiver.sender.getParameters()
            parameters.encodings[1].active = active
            try transceiver.sender.setParameters(parameters)
        }
        #expect(await requests.next() == KeyFrameRequest(streamID: "l"))
        received.requestKeyFrame()
        var asked: Set<String?> = []
        while asked.count < 2, let request = await requests.next() { asked.insert(request.streamID) }
        #expect(asked == ["h", "l"])
        try transceiver.sender.replaceTrack(nil)
        try transceiver.sender.replaceTrack(track)
        while let request = await requests.next(), request.streamID != nil {}
        await pair.close()
        #expect(received.readyState == .ended)
    }

    @Test("tones go beside the sound, each with its beginning and its end")
    func tones() async throws {
        let (pair, track, transceiver, received) = try await connect(.audio)
        let dtmf = try #require(transceiver.sender.dtmf)
        #expect(dtmf.canInsertDTMF && pair.b.transceivers[0].sender.dtmf?.canInsertDTMF == false)
        let packets = received.packets
        var changes = dtmf.toneChanges.makeAsyncIterator()
        try track.send(MediaFrame(codec: "audio/opus", data: [0xFC, 1], timestamp: .zero))
        #expect(code { try dtmf.insertDTMF("1x") } == .invalidCharacter)
        try dtmf.insertDTMF("1#", duration: .milliseconds(60), interToneGap: .milliseconds(30))
        for expected in ["1", "#", ""] { #expect(await changes.next() == expected) }
        #expect(dtmf.toneBuffer.isEmpty)
        var events: [UInt8: Set<Bool>] = [:]
        for await packet in packets where packet.payload.count == 4 {
            events[packet.payload[0], default: []].insert(packet.payload[1] & 0x80 != 0)
            if events.count == 2, events.values.allSatisfy({ $0 == [true, false] }) { break }
        }
        #expect(events == [1: [true, false], 11: [true, false]])
        await pair.close()
        #expect(await changes.next() == nil)
    }

    @Test("beside sound of 8 kHz tones last as long as they should, and without events for its clock there are none")
    func otherClock() async throws {
        let (pair, track, transceiver, received) = try await connect(.audio)
        let dtmf = try #require(transceiver.sender.dtmf)
        let packets = received.packets
        try track.send(MediaFrame(codec: "audio/PCMU", data: [UInt8](repeating: 255, count: 160), timestamp: .zero))
        try dtmf.insertDTMF("7", duration: .milliseconds(100))
        for await packet in packets where packet.payload.count == 4 && packet.payload[1] & 0x80 != 0 {
            #expect(UInt16(packet.payload[2]) << 8 | UInt16(packet.payload[3]) == 800)
            break
        }
        await pair.close()
        // A gateway that has events, but none for the clock of its sound: they have their own.
        let gatewaysCodecs = RTPSender.capabilities(.audio).codecs.filter {
            $0.mimeType == "audio/opus" || $0.mimeType == "audio/telephone-event" && $0.clockRate == 8000
        }
        let (gateway, voice, toGateway, heard) = try await connect(.audio, preferring: gatewaysCodecs)
        let keys = try #require(toGateway.sender.dtmf)
        let events = heard.packets
        try voice.send(MediaFrame(codec: "audio/opus", data: [0xFC, 1], timestamp: .zero))
        #expect(keys.canInsertDTMF)
        try keys.insertDTMF("7", duration: .milliseconds(100))
        for await packet in events where packet.payload.count == 4 && packet.payload[1] & 0x80 != 0 {
            #expect(UInt16(packet.payload[2]) << 8 | UInt16(packet.payload[3]) == 800)
            break
        }
        await gateway.close()
        // A peer that has none.
        let (one, other) = try (PeerConnection(), PeerConnection())
        try await one.addTransceiver(sending: MediaStreamTrack(.audio))
        let opus = RTPSender.capabilities(.audio).codecs.filter { $0.mimeType == "audio/opus" }
        try one.transceivers[0].setCodecPreferences(opus)
        try await one.setLocalDescription()
        try await one.setRemoteDescription(other.answer(to: #require(one.localDescription)))
        #expect(one.transceivers[0].sender.dtmf?.canInsertDTMF == false)
        for connection in [one, other] {
            connection.close()
            await connection.closed()
        }
    }

    @Test("sound goes in packets that repeat those before it, where both ends like that best")
    func redundancy() async throws {
        let codecs = RTPSender.capabilities(.audio).codecs
        let preferred = ["audio/red", "audio/opus"].flatMap { name in codecs.filter { $0.mimeType == name } }
        let (pair, track, transceiver, received) = try await connect(.audio, preferring: preferred)
        let red = try #require(transceiver.sender.getParameters().codecs.first)
        #expect(red.codec.mimeType == "audio/red")
        let (frames, packets) = (received.frames, received.packets)
        for number in 0..<4 {
            try track.send(
                MediaFrame(codec: "audio/opus", data: [0xFC, UInt8(number)], timestamp: .milliseconds(20 * number)))
        }
        var sizes: [Int] = []
        for await packet in packets {
            #expect(packet.payloadType == red.payloadType)
            sizes.append(packet.payload.count)
            if sizes.count == 4 { break }
        }
        #expect(sizes == [3, 9, 9, 9], "each has the one before it")
        var heard: [UInt8] = []
        for await frame in frames {
            heard.append(frame.data[1])
            if heard.count == 4 { break }
        }
        #expect(heard == [0, 1, 2, 3])
        await pair.close()
    }

    @Test("what is stopped is sent no more, and the peer hears so, before anything is negotiated")
    func stopped() async throws {
        let (pair, track, transceiver, received) = try await connect(.audio)
        var iterator = received.frames.makeAsyncIterator()
        var changes = received.muteChanges.makeAsyncIterator()
        #expect(await changes.next() == true)
        try track.send(MediaFrame(codec: "audio/opus", data: [0xFC, 1], timestamp: .zero))
        #expect(await iterator.next()?.data.last == 1 && !received.isMuted)
        #expect(await changes.next() == false)
        try transceiver.stop()
        try track.send(MediaFrame(codec: "audio/opus", data: [0xFC, 2], timestamp: .milliseconds(20)))
        // The goodbye mutes it.
        #expect(await changes.next() == true && received.isMuted)
        #expect(pair.a.signalingState == .stable && transceiver.currentDirection == .sendonly)
        await pair.close()
        #expect(await iterator.next() == nil)
        #expect(await changes.next() == nil)
    }

    @Test("another track, a size that goes on and a direction that comes back begin with a picture that needs no other")
    func beginnings() async throws {
        let (pair, track, transceiver, received) = try await connect(.video)
        var iterator = received.frames.makeAsyncIterator()
        func send(_ track: MediaStreamTrack, _ number: Int, isKeyFrame: Bool) throws -> Bool {
            try track.send(
                MediaFrame(
                    codec: "video/VP8", data: [isKeyFrame ? 0 : 1, UInt8(number)],
                    timestamp: .milliseconds(33 * number), isKeyFrame: isKeyFrame))
        }
        _ = try send(track, 1, isKeyFrame: true)
        #expect(await iterator.next()?.data.last == 1)
        // Another track, in the middle of its pictures.
        let other = MediaStreamTrack(.video)
        var requests = other.keyFrameRequests.makeAsyncIterator()
        try transceiver.sender.replaceTrack(other)
        _ = await requests.next()
        #expect(try !send(other, 2, isKeyFrame: false) && send(other, 3, isKeyFrame: true))
        #expect(try send(other, 4, isKeyFrame: false))
        #expect(await iterator.next()?.data.last == 3)
        #expect(await iterator.next()?.data.last == 4)
        // An encoding that was not sent for a while.
        for active in [false, true] {
            var parameters = transceiver.sender.getParameters()
            parameters.encodings[0].active = active
            try transceiver.sender.setParameters(parameters)
        }
        _ = await requests.next()
        #expect(try !send(other, 5, isKeyFrame: false) && send(other, 6, isKeyFrame: true))
        #expect(await iterator.next()?.data.last == 6)
        // A direction.
        for direction in [TransceiverDirection.inactive, .sendrecv] {
            try transceiver.setDirection(direction)
            try await pair.negotiate()
        }
        _ = await requests.next()
        await pair.close()
    }

    @Test("a track that keeps its pictures is seen at once when it is enabled again, and not while it is not")
    func enabledAgain() async throws {
        let pair = try ConnectedPair()
        let track = MediaStreamTrack(.video, keepsGroupOfPictures: true)
        let (_, received) = try await pair.receivingTrack { try await $0.addTrack(track) }
        var iterator = received.frames.makeAsyncIterator()
        func send(_ number: Int, isKeyFrame: Bool = false) throws {
            try track.send(
                MediaFrame(
                    codec: "video/VP8", data: [isKeyFrame ? 0 : 1, UInt8(number)],
                    timestamp: .milliseconds(33 * number), isKeyFrame: isKeyFrame))
        }
        try send(1, isKeyFrame: true)
        #expect(await iterator.next()?.data.last == 1)
        track.isEnabled = false
        let black = Silence.picture(codec: "vp8")
        #expect(await iterator.next()?.data == black)
        for number in 2..<6 { try send(number) }
        track.isEnabled = true
        // The picture from before, with all that has come since.
        var numbers: [UInt8] = []
        while numbers.last != 5, let frame = await iterator.next() {
            if frame.data != black { numbers.append(frame.data[1]) }
        }
        #expect(numbers == [1, 2, 3, 4, 5])
        await pair.close()
    }

    @Test("frames that nobody reads any more are not put together, and are again for whoever comes")
    func unread() async throws {
        let (pair, track, _, received) = try await connect(.video)
        func counts() async -> (packets: UInt64, frames: UInt32) {
            let stats = await pair.b.getStats().inboundRTP.first
            return (stats?.packetsReceived ?? 0, stats?.framesReceived ?? 0)
        }
        func send(_ number: Int) throws {
            try track.send(
                MediaFrame(codec: "video/VP8", data: [0, UInt8(number)], timestamp: .milliseconds(number)))
        }
        do {
            let frames = received.frames
            try send(1)
            for await frame in frames {
                #expect(frame.data.last == 1)
                break
            }
        }
        #expect(received.inbox.wishes.frames)
        // The facts are looked at about once a second.
        while received.inbox.wishes.frames {
            try send(2)
            _ = await pair.b.getStats()
        }
        // What was on its way is there, and more has come, of which nothing was put together.
        var before = await counts()
        while true {
            try send(3)
            let now = await counts()
            if now.packets > before.packets, now.frames == before.frames { break }
            before = now
        }
        let again = received.frames
        try send(4)
        for await frame in again where frame.data.last == 4 { break }
        #expect(await counts().frames > before.frames)
        await pair.close()
    }
}
