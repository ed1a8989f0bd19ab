import JSEP
import RTP
import TestSupport
import Testing

@testable import WebRTC

@Suite("A group of pictures that is sent once more")
struct ReplayTests {
    /// A group of so many pictures at 25 in a second, kept by a track that nobody has asked yet.
    private static func track(_ count: Int, size: Int) throws -> (MediaStreamTrack, TrackOutbox) {
        let track = MediaStreamTrack(.video, keepsGroupOfPictures: true)
        let outbox = TrackOutbox(.video) {}
        if track.attach(outbox) { outbox.wantReplay() }
        for number in 0..<count { try track.send(frame(number, isKey: number == 0, size: size)) }
        outbox.setActive(true)
        return (track, outbox)
    }

    private static func frame(_ number: Int, isKey: Bool = false, size: Int) -> MediaFrame {
        MediaFrame(
            codec: "video/VP8", data: [UInt8](repeating: 1, count: size), timestamp: .milliseconds(40 * number),
            isKeyFrame: isKey)
    }

    private static func frames(_ items: some Sequence<TrackOutbox.Item>) -> [MediaFrame] {
        items.compactMap { if case .frame(let frame) = $0 { frame } else { nil } }
    }

    @Test(
        "goes out in small parts, some times as fast as it was made, and is over within half a second",
        arguments: [(50, 20_000, 250), (250, 16_000, 500), (25, 2000, 0)])
    func pace(count: Int, size: Int, milliseconds: Int) throws {
        let (track, outbox) = try Self.track(count, size: size)
        track.replay(to: outbox, now: .zero)
        var (now, sent, largest, end) = (Duration.zero, 0, 0, Duration.zero)
        var next: Duration? = .zero
        while let deadline = next {
            now = deadline
            let (items, later) = outbox.take(now: now)
            let bytes = items.reduce(0) { $0 + $1.cost }
            (sent, largest) = (sent + bytes, max(largest, bytes))
            if bytes > 0 { end = now }
            next = later
        }
        #expect(sent == count * (size + 128))
        let expected = Duration.milliseconds(milliseconds)
        #expect(end <= ReplayPace.longest && end <= expected && end >= expected * 3 / 4, "\(end)")
        #expect(largest <= ReplayPace.burst + count * (size + 128) / 50 + size, "\(largest) bytes at once")
    }

    @Test("what is sent meanwhile waits behind it, in order")
    func order() throws {
        let (track, outbox) = try Self.track(50, size: 20_000)
        track.replay(to: outbox, now: .zero)
        var taken = Self.frames(outbox.take(now: .zero).items)
        #expect((1...4).contains(taken.count))
        for number in 50..<60 { try track.send(Self.frame(number, size: 100)) }
        for step in 1...100 { taken += Self.frames(outbox.take(now: .milliseconds(5 * step)).items) }
        let times = taken.map(\.timestamp)
        #expect(times.count == 60 && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        #expect(taken.suffix(10).allSatisfy { $0.data.count == 100 })
    }

    @Test("is over when the next group begins: nobody needs the rest of it")
    func nextGroup() throws {
        let (track, outbox) = try Self.track(50, size: 20_000)
        track.replay(to: outbox, now: .zero)
        let before = Self.frames(outbox.take(now: .zero).items).count
        try track.send(Self.frame(50, size: 100))
        try track.send(Self.frame(51, isKey: true, size: 200))
        let (items, next) = outbox.take(now: .milliseconds(5))
        #expect(before < 10 && next == nil)
        #expect(Self.frames(items).map(\.data.count) == [200])
    }

    @Test("of packets too, and their numbers go on from the last that was sent")
    func packets() throws {
        let track = MediaStreamTrack(.video, keepsGroupOfPictures: true)
        let outbox = TrackOutbox(.video) {}
        if track.attach(outbox) { outbox.wantReplay() }
        func send(_ number: Int, isKey: Bool = false) throws {
            let packet = RTPPacket(
                payloadType: 96, sequenceNumber: UInt16(number), timestamp: UInt32(3600 * number), ssrc: 7,
                payload: [0x10, isKey ? 0 : 1] + [UInt8](repeating: 0, count: 1000))
            try track.send(packet, codec: "video/VP8")
        }
        for number in 0..<400 { try send(number, isKey: number == 0) }
        outbox.setActive(true)
        track.replay(to: outbox, now: .zero)
        let first = outbox.take(now: .zero)
        #expect((40...80).contains(first.items.count) && first.next == ReplayPace.tick)
        try send(400, isKey: true)
        let (rest, next) = outbox.take(now: .milliseconds(5))
        guard case .renumber = rest.first, case .packet(let packet, _) = rest.last else {
            Issue.record("\(rest.count) items")
            return
        }
        #expect(rest.count == 2 && next == nil && packet.sequenceNumber == 400)
    }

    @Test("a peer that asks again and again gets the same group ever more seldom")
    func storm() throws {
        let (track, outbox) = try Self.track(10, size: 1000)
        var times: [Int] = []
        for milliseconds in stride(from: 0, to: 10_000, by: 10) {
            track.replay(to: outbox, now: .milliseconds(milliseconds))
            if !outbox.take(now: .milliseconds(milliseconds)).items.isEmpty { times.append(milliseconds) }
        }
        #expect(times == [0, 300, 900, 2100, 4500, 9300])
    }
}

@Suite("Packets that come from elsewhere")
struct PacketOffsetsTests {
    private func stream() throws -> (RTPSession, SentStream) {
        let session = RTPSession(canonicalName: "name", epoch: .zero) { 7 }
        var section = RTPSection(mid: "0", kind: .video)
        section.sends = true
        section.encodings = [.init(ssrc: 1, repairSSRC: 2)]
        section.sentFormats = [RTPFormatParameters(payloadType: 96, name: "vp8", clockRate: 90_000)]
        session.update([section], now: .zero)
        return (session, try #require(session.sentStreams(of: "0").first))
    }

    /// Sends a packet of a source with that number; the number that it gets.
    private func send(
        _ number: UInt16, of source: UInt32 = 1, _ offsets: inout PacketOffsets, _ session: RTPSession,
        _ stream: SentStream
    ) throws -> UInt16? {
        let format = RTPFormatParameters(payloadType: 96, name: "vp8", clockRate: 90_000)
        guard
            let place = offsets.place(
                PacketOffsets.Place(source, number, 1000), on: stream, of: session, clockRate: 90_000, now: .zero)
        else { return nil }
        session.send(
            payload: SharedPayload([1, 2]), format, on: stream, sequenceNumber: place.sequenceNumber, timestamp: 1000,
            marker: false, now: .zero)
        return place.sequenceNumber
    }

    @Test(
        "a number of before is never used again, wherever the numbers begin anew",
        arguments: 1...20 as ClosedRange<UInt64>)
    func unique(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (session, stream) = try stream()
        var offsets = PacketOffsets()
        var used: [UInt16: (UInt32, UInt16)] = [:]
        var (next, source): (UInt16, UInt32) = (.random(in: 0...(.max), using: &random), 1)
        for _ in 0..<5000 {
            switch Int.random(in: 0..<200, using: &random) {
            case 0: next &+= .random(in: 0...(.max), using: &random)
            case 1: source = .random(in: 1...2, using: &random)
            case 2: offsets.renumber()
            default: next &+= 1
            }
            let late = UInt16.random(in: 0..<8, using: &random)
            let number = Int.random(in: 0..<10, using: &random) == 0 ? next &- late : next
            guard let sent = try send(number, of: source, &offsets, session, stream) else { continue }
            if let former = used[sent] { #expect(former == (source, number), "\(sent) stands for two packets") }
            used[sent] = (source, number)
        }
        #expect(used.count > 3000)
    }

    @Test("a leap of a source's numbers is none of ours, and a gap stays one")
    func leaps() throws {
        let (session, stream) = try stream()
        var offsets = PacketOffsets()
        var sent: [UInt16] = []
        for number in [10, 11, 14, 12, 40_000, 40_001, 7] as [UInt16] {
            if let number = try send(number, &offsets, session, stream) { sent.append(number) }
        }
        #expect(sent.map { $0 &- sent[0] } == [0, 1, 4, 2, 5, 6, 7])
    }

    @Test("another source after days of silence goes on behind the one before", arguments: [1, 13 * 3600, 1 << 40])
    func silence(seconds: Int) throws {
        let (session, stream) = try stream()
        var offsets = PacketOffsets()
        func place(_ ssrc: UInt32, at second: Int) -> UInt32? {
            let packet = PacketOffsets.Place(ssrc, 9, 1000 * ssrc)
            return offsets.place(packet, on: stream, of: session, clockRate: 90_000, now: .seconds(second))?.timestamp
        }
        let before = try #require(place(1, at: 1))
        let after = try #require(place(2, at: 1 + seconds))
        #expect(after == before &+ UInt32(truncatingIfNeeded: 90_000 * seconds))
    }
}
