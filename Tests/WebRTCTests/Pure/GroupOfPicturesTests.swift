import JSEP
import RTP
import Testing

@testable import WebRTC

@Suite("A group of pictures")
struct GroupOfPicturesTests {
    private func frame(_ number: Int, isKey: Bool = false, size: Int = 100) -> TrackOutbox.Item {
        .frame(
            MediaFrame(
                codec: "video/VP8", data: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size),
                timestamp: .milliseconds(40 * number), isKeyFrame: isKey))
    }

    private func frames(_ group: GroupOfPictures) -> [MediaFrame] {
        group.replay().items.compactMap { if case .frame(let frame) = $0 { frame } else { nil } }
    }

    /// A packet of VP8 (RFC 7741 §4.2): S is set in the first of a frame, P is clear in a key frame.
    private func packet(_ number: UInt16, _ timestamp: UInt32, begins: Bool = true, isKey: Bool = false) -> RTPPacket {
        RTPPacket(
            payloadType: 96, sequenceNumber: number, timestamp: timestamp, ssrc: 7,
            payload: [begins ? 0x10 : 0, isKey && begins ? 0 : 1, 0, 0, 0x9D, 0x01, 0x2A, 16, 0, 16, 0])
    }

    @Test("it begins with the last key frame; before the first there is none")
    func beginning() {
        var group = GroupOfPictures()
        group.note(frame(0))
        #expect(group.isEmpty && group.replay().items.isEmpty)
        let begun = [3, 4, 5, 6, 7].map { group.note(frame($0, isKey: $0 == 3 || $0 == 6)) }
        #expect(begun == [true, false, false, true, false])
        #expect(frames(group).map { $0.data[0] } == [6, 7])
    }

    @Test("its timestamps rise, behind the last picture and before the next", arguments: [1, 2, 50, 1000])
    func timestamps(count: Int) {
        var group = GroupOfPictures()
        for number in 0..<count { group.note(frame(number, isKey: number == 0)) }
        let (last, next) = (Duration.milliseconds(40 * (count - 1)), Duration.milliseconds(40 * count))
        let times = frames(group).map(\.timestamp)
        #expect(times.count == count && times[0] > last && times[count - 1] < next)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= GroupOfPictures.minimumStep })
        #expect(group.replay().end == times.last)
    }

    @Test("one that grows too large is let go, and the next one is kept")
    func bounds() {
        var group = GroupOfPictures()
        group.note(frame(0, isKey: true, size: 1 << 20))
        for number in 1...8 { group.note(frame(number, size: 1 << 20)) }
        #expect(group.isEmpty)
        group.note(frame(9, isKey: true))
        for number in 0..<GroupOfPictures.maximumCount - 1 { group.note(frame(number)) }
        #expect(frames(group).count == GroupOfPictures.maximumCount)
        group.note(frame(0))
        #expect(group.isEmpty)
    }

    @Test("of packets it begins with the first of a key frame, and all of a frame have one timestamp")
    func packets() {
        var group = GroupOfPictures()
        let sent = [
            packet(1, 0), packet(2, 3600, isKey: true), packet(3, 3600, begins: false), packet(4, 7200),
            packet(6, 10800),
        ]
        let begun = sent.map { group.note(.packet($0, codec: "video/VP8")) }
        #expect(begun == [false, true, false, false, false])
        let items = group.replay().items
        guard case .renumber = items.first else {
            Issue.record("the numbers go on from those that were sent")
            return
        }
        let packets = items.compactMap { if case .packet(let packet, _) = $0 { packet } else { nil } }
        #expect(packets.map(\.sequenceNumber) == [2, 3, 4, 6], "a gap stays one")
        #expect(packets[0].timestamp == packets[1].timestamp && packets[0].timestamp > 10800)
        #expect(packets[3].timestamp > packets[2].timestamp && packets[3].timestamp < 14400)
        // Another codec has no use for it.
        group.note(.packet(packet(7, 14400), codec: "video/H264"))
        #expect(group.isEmpty)
    }

    @Test("it is sent to one who becomes active, and once more to one who asks, but not at once")
    func outbox() throws {
        let track = MediaStreamTrack(.video, keepsGroupOfPictures: true)
        let outbox = TrackOutbox(.video) {}
        if track.attach(outbox) { outbox.wantReplay() }
        for number in 0..<5 {
            guard case .frame(let frame) = frame(number, isKey: number == 0) else { return }
            try track.send(frame)
        }
        let before = outbox.take(now: .zero).items.count
        let (begins, again) = (outbox.setActive(true).hasBegun, outbox.setActive(true).hasBegun)
        #expect(before == 0 && begins && !again)
        track.replay(to: outbox, now: .seconds(1))
        // One that follows too closely is set behind it.
        let late = MediaFrame(codec: "video/VP8", data: [1], timestamp: .milliseconds(160), isKeyFrame: false)
        try track.send(late)
        let times = outbox.take(now: .seconds(1)).items.compactMap { item -> Duration? in
            if case .frame(let frame) = item { frame.timestamp } else { nil }
        }
        #expect(times.count == 6 && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        track.replay(to: outbox, now: .milliseconds(1299))
        let tooSoon = outbox.take(now: .milliseconds(1299)).items.count
        track.replay(to: outbox, now: .milliseconds(1300))
        let later = outbox.take(now: .milliseconds(1300)).items.count
        #expect(tooSoon == 0 && later == 6)
        // A key frame that has just been sent is on its way.
        try track.send(MediaFrame(codec: "video/VP8", data: [1], timestamp: .seconds(1)))
        let live = outbox.take(now: .seconds(2)).items.count
        track.replay(to: outbox, now: .milliseconds(2100))
        let onItsWay = outbox.take(now: .milliseconds(2100)).items.count
        #expect(live == 1 && onItsWay == 0)
    }

    @Test("a group that waits takes no room from what follows, which is bounded, too")
    func room() throws {
        let track = MediaStreamTrack(.video, keepsGroupOfPictures: true)
        let outbox = TrackOutbox(.video) {}
        if track.attach(outbox) { outbox.wantReplay() }
        var sent: [MediaFrame] = []
        for number in 0..<1000 {
            guard case .frame(let frame) = frame(number, isKey: number == 0) else { return }
            sent.append(frame)
        }
        for frame in sent { try track.send(frame) }
        outbox.setActive(true)
        track.replay(to: outbox, now: .zero)
        var admitted = 0
        for _ in 0..<5 {
            for var frame in sent {
                frame.isKeyFrame = false
                if try track.send(frame) { admitted += 1 }
            }
        }
        #expect(admitted == TrackOutbox.maximumBehindReplay)
        let first = outbox.take(now: .zero)
        #expect((200...400).contains(first.items.count) && first.next != nil)
        var (count, turns) = (first.items.count, 0)
        while true {
            let rest = outbox.take(now: ReplayPace.longest)
            (count, turns) = (count + rest.items.count, turns + 1)
            if rest.next == nil { break }
        }
        #expect(count == 1000 + admitted && turns > 1)
    }

    @Test("of much that waits the loop takes a part in each turn, and is told to come again at once")
    func turns() throws {
        let outbox = TrackOutbox(.video) {}
        outbox.setActive(true)
        for number in 0..<200 { #expect(outbox.enqueue(frame(number, isKey: true, size: 2000)).isAdmitted) }
        var numbers: [Duration] = []
        var turns = 0
        while true {
            let (items, next) = outbox.take(now: .seconds(1))
            let bytes = items.reduce(0) { $0 + $1.cost }
            #expect(bytes < TrackOutbox.maximumTurnBytes + 2200)
            numbers += Array(items).map { if case .frame(let frame) = $0 { frame.timestamp } else { .zero } }
            turns += 1
            guard let next else { break }
            #expect(next == .seconds(1))
        }
        #expect(numbers.count == 200 && numbers == numbers.sorted())
        #expect(turns == 200 * 2128 / TrackOutbox.maximumTurnBytes + 1)
    }
}
