import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("SIM: what parameters begin with, and what may be changed", .timeLimit(.minutes(3)))
struct ParameterTests {
    private let pair: ConnectedPair

    init() throws { pair = try ConnectedPair() }

    private func sender(_ kind: MediaKind, _ encodings: RTPEncodingParameters...) async throws -> RTPSender {
        try await pair.a.addTransceiver(kind, options: .init(sendEncodings: encodings)).sender
    }

    @Test("SIM-12 there is one active encoding unless told otherwise, of a picture at its full size")
    func one() async throws {
        let (video, audio) = (try await sender(.video), try await sender(.audio))
        let added = try await pair.a.addTrack(MediaStreamTrack(.video))
        #expect(added === video && video.getParameters().encodings == [.init(scaleResolutionDownBy: 1)])
        #expect(audio.getParameters().encodings == [.init()])
        #expect(try await sender(.video, .init(rid: "alone")).getParameters().encodings.map(\.rid) == [nil])
    }

    @Test("SIM-12 pictures are each half the size of the next where none has one, and of full size where some have")
    func scales() async throws {
        func scales(_ wishes: Double?...) async throws -> [Double?] {
            let encodings = wishes.enumerated().map {
                RTPEncodingParameters(rid: "r\($0.offset)", scaleResolutionDownBy: $0.element)
            }
            let options = TransceiverOptions(sendEncodings: encodings)
            let sender = try await pair.a.addTransceiver(.video, options: options).sender
            return sender.getParameters().encodings.map(\.scaleResolutionDownBy)
        }
        #expect(try await scales(nil, nil, nil) == [4, 2, 1])
        #expect(try await scales(nil, 3, nil) == [1, 3, 1])
        #expect(try await scales(1, 2, 4) == [1, 2, 4])
        #expect(try await scales(nil) == [1])
    }

    @Test("SIM-12 of sound there is one, without name, size or rate of pictures; those that are too many are left out")
    func sound() async throws {
        let wish = RTPEncodingParameters(rid: "a", maxBitrate: 9000, maxFramerate: 3, scaleResolutionDownBy: 2)
        let audio = try await sender(.audio, wish, .init(rid: "b"))
        #expect(audio.getParameters().encodings == [.init(maxBitrate: 9000)])
        let many = (0..<500).map { RTPEncodingParameters(rid: "r\($0)") }
        let video = try await pair.a.addTransceiver(.video, options: .init(sendEncodings: many)).sender
        #expect((2..<20).contains(video.getParameters().encodings.count))
    }

    @Test("SIM-14 a picture is not made larger; of sound the value is taken away")
    func larger() async throws {
        await expect(.range) { _ = try await sender(.video, .init(scaleResolutionDownBy: 0.5)) }
        #expect(pair.a.transceivers.isEmpty)
        let video = try await sender(.video)
        for wrong in [0.99, 0, -1, .nan] {
            await expect(.range) { try video.change { $0[0].scaleResolutionDownBy = wrong } }
        }
        let audio = try await sender(.audio, .init(scaleResolutionDownBy: 0.5))
        try audio.change { $0[0].scaleResolutionDownBy = 0.1 }
        #expect(audio.getParameters().encodings[0].scaleResolutionDownBy == nil)
        try video.change { $0[0].scaleResolutionDownBy = nil }
        #expect(video.getParameters().encodings[0].scaleResolutionDownBy == 1)
    }

    @Test("SIM-15 encodings do not become more, fewer or others, nor change their places or names")
    func fixed() async throws {
        let video = try await sender(.video, .init(rid: "a"), .init(rid: "b"))
        let changes: [(inout [RTPEncodingParameters]) -> Void] = [
            { $0.append(.init(rid: "c")) }, { $0.removeLast() }, { $0.removeAll() }, { $0.swapAt(0, 1) },
            { $0[0].rid = "c" }, { $0[0].rid = nil },
        ]
        for change in changes {
            await expect(.invalidModification) { try video.change(change) }
            #expect(video.getParameters().encodings.map(\.rid) == ["a", "b"])
        }
    }

    @Test("SIM-16 an encoding's values can be changed, before and after the connection, and are read again")
    func changed() async throws {
        let video = try await sender(.video, .init(rid: "a"), .init(rid: "b"))
        for round in 1...2 {
            try video.change { encodings in
                encodings[0].active.toggle()
                encodings[0].maxBitrate = 1000 * round
                encodings[1].scaleResolutionDownBy = 3
                encodings[1].maxFramerate = 15
            }
            let read = video.getParameters().encodings
            #expect(read[0].active == (round == 2) && read[0].maxBitrate == 1000 * round && read[1].active)
            #expect(read[1].scaleResolutionDownBy == 3 && read[1].maxFramerate == 15)
            if round == 1 { try await pair.negotiate() }
        }
        try video.change { $0[0].maxBitrate = nil }
        #expect(video.getParameters().encodings[0].maxBitrate == nil)
    }

    @Test("SIM-17 a stopped sender has no parameters to set, and no encoding is without any bitrate")
    func stopped() async throws {
        let video = try await sender(.video)
        for rate in [0, -1] { await expect(.range) { try video.change { $0[0].maxBitrate = rate } } }
        await expect(.range) { _ = try await sender(.audio, .init(maxBitrate: 0)) }
        let parameters = video.getParameters()
        try pair.a.transceivers[0].stop()
        await expect(.invalidState) { try video.setParameters(parameters) }
    }

    @Test("SIM-19 codecs cannot be written, and those of another sender or an earlier reading are refused")
    func codecs() async throws {
        let (one, other) = (try await sender(.video), try await sender(.video))
        try await pair.negotiate()
        let (mine, theirs) = (one.getParameters(), other.getParameters())
        await expect(.invalidState) { try one.setParameters(theirs) }
        try one.setParameters(mine)
        await expect(.invalidState) { try one.setParameters(mine) }
        #expect(one.getParameters().codecs == mine.codecs && !mine.codecs.isEmpty)
    }

    @Test(
        "SIM-20 codecs are none before the answer, and then those of the descriptions", arguments: ["audio", "video"])
    func agreed(kind: String) async throws {
        let sender = try await sender(#require(MediaKind(rawValue: kind)))
        let receiver = pair.a.transceivers[0].receiver
        #expect(sender.getParameters().codecs.isEmpty && receiver.getParameters().codecs.isEmpty)
        try await pair.a.setLocalDescription()
        #expect(sender.getParameters().codecs.isEmpty)
        let offer = try #require(pair.a.localDescription)
        try await pair.b.setRemoteDescription(offer)
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(try #require(pair.b.localDescription))
        let section = try #require(pair.a.localDescription?.sections.first)
        #expect(receiver.getParameters().codecs.map { String($0.payloadType) } == section.formats)
        let answered = try #require(pair.b.localDescription?.sections.first)
        #expect(sender.getParameters().codecs.map { String($0.payloadType) } == answered.formats)
    }
}

extension RTPSender {
    /// Reads, changes and sets.
    fileprivate func change(_ body: (inout [RTPEncodingParameters]) -> Void) throws {
        var parameters = getParameters()
        body(&parameters.encodings)
        try setParameters(parameters)
    }
}
