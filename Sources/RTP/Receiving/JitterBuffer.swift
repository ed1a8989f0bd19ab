/// Puts the packets of one source into order, and joins them to frames. Pure; time is a parameter.
///
/// What is in order is given out at once. Behind a gap frames wait, and that is the only delay:
/// - of video, for as long as packets that are sent again can be on their way. Then all is dropped
///   up to the next key frame, as the rest could not be decoded. Only whole frames are given out.
/// - of audio, for as long as recent packets were late. Then ``Output/loss(_:)`` takes the place of
///   what is missing.
///
/// After each ``insert(_:payload:now:)``, and at ``nextDeadline``, call ``next(now:)`` until it
/// gives nil.
package struct JitterBuffer: Sendable {
    /// Numbers that are further apart belong to a source that has begun anew, if a second packet
    /// says so.
    static let maximumGap: Int64 = 1000
    /// So close to one another these two are.
    static let restartDistance = 16
    /// After a round trip and this time, a key frame is not kept waiting by what is missing before
    /// it.
    static let reorderingTime = Duration.milliseconds(20)
    /// For how long packets are held in wait for a key frame that is whole; one that comes in
    /// without a gap may take as long as it likes.
    static let keyFramePatience = Duration.seconds(1)
    /// Of a source that is silent for so long nothing is held any more.
    static let silence = Duration.seconds(5)

    private struct OpenFrame: Sendable {
        var frame: ReceivedFrame
        /// Of its payloads; a format may hold some back.
        var byteCount = 0
    }

    private var format: any RTPPayloadFormat
    private var settings: Settings
    private var window = PacketWindow(first: 0)
    private var isStarted = false
    /// Whether numbers below the window's first may still come in.
    private var isOpenBelow = false
    private var highestTimestamp: Int64?
    /// Whether the next timestamp has nothing to do with those before.
    private var restartsTimestamps = false
    /// The frame that is being joined; its packets stand right before the window.
    private var open: OpenFrame?
    /// Packets that were passed over since the last frame was given out.
    private var lost = 0
    /// Of the 64 numbers below the window, which were passed over; the lowest bit is the nearest.
    private var passedOver: UInt64 = 0
    /// The timestamp of a frame of which a part is gone.
    private var broken: Int64?
    /// How the last picture had to be turned.
    private var rotation = 0
    private var hasWholeKeyFrame = false
    /// Whether a key frame may be whole since it was last looked for: that takes longer than a
    /// packet does, and is done once for all that came together.
    private var mayHaveKeyFrame = false
    /// When it was last looked whether what waits for a key frame is too old, and when the last
    /// packet came.
    private var lastSweep: Duration?
    private var lastArrival = Duration.zero
    private var ready = ReadyOutputs()
    private var arrivals: ArrivalDelay
    private var roundTrip = Duration.milliseconds(100)
    private var lastTime = Duration.zero
    /// A packet whose number is far from all others.
    private var outlier: (header: RTPHeader, payload: [UInt8])?
    private var last: (timestamp: Int64, step: Int64)?

    /// Packets that came after they were given up, and so are of no use.
    package private(set) var discarded: UInt64 = 0

    /// Whether a key frame has to come before anything can be given out: at first, and after a
    /// loss. Never for audio.
    package private(set) var needsKeyFrame: Bool

    /// Nothing has come yet.
    package init(format: any RTPPayloadFormat, settings: Settings) {
        self.format = format
        self.settings = settings
        needsKeyFrame = settings.kind == .video
        arrivals = ArrivalDelay(clockRate: settings.clockRate, range: settings.delay)
    }

    /// What is held, being joined and ready, in bytes.
    package var byteCount: Int { window.byteCount + (open?.byteCount ?? 0) + ready.byteCount }

    /// The same. Whoever may change the buffer can ask without a copy of it.
    mutating func measure() -> Int { byteCount }

    private var isAudio: Bool { settings.kind == .audio }

    /// For how long a missing packet is waited for now.
    package var patience: Duration {
        isAudio ? arrivals.delay : min(max(roundTrip * 3, settings.delay.lowerBound), settings.delay.upperBound)
    }

    /// When to call ``next(now:)`` if no packet comes before; nil if nothing is waited for.
    package var nextDeadline: Duration? {
        if !ready.isEmpty { return lastTime }
        if needsKeyFrame { return sweepDeadline }
        guard let since = window.missingSince(window.first) else { return nil }
        return since + (hasWholeKeyFrame ? min(patience, roundTrip + Self.reorderingTime) : patience)
    }

    /// When to look whether what waits for a key frame is too old.
    private var sweepDeadline: Duration? {
        guard let first = window.firstTime else { return nil }
        return max(first, lastSweep ?? first) + Self.keyFramePatience
    }

    /// Takes the round trip as it was measured last; video goes by it.
    package mutating func update(roundTrip: Duration) { self.roundTrip = max(.zero, roundTrip) }

    /// Takes a packet of the source, whichever way it came.
    ///
    /// - Parameters:
    ///   - header: as the source made it; of one that was sent again in a stream of its own, the
    ///     original.
    ///   - payload: without padding. Empty ones only fill the sequence.
    ///   - rotation: how the picture has to be turned, in degrees, if the packet says so.
    ///   - now: by any clock that does not go back.
    package mutating func insert(
        _ header: RTPHeader, payload: Span<UInt8>, rotation: Int? = nil, now: Duration
    ) {
        (lastTime, lastArrival) = (now, now)
        guard let number = number(of: header, payload, now: now) else { return }
        let timestamp = unwrap(header.timestamp)
        if number < window.first {
            guard isOpenBelow, window.end - number <= settings.maximumPackets else {
                return noteLate(number, timestamp, now: now)
            }
            window.lower(to: number, since: now)
        }
        guard !window.holds(number) else { return }
        if isAudio, !payload.isEmpty { arrivals.note(timestamp: timestamp, arrival: now) }
        let isVideo = !isAudio
        let facts = PacketWindow.Facts(
            timestamp: timestamp, arrival: now, payloadType: header.payloadType, marker: header.marker,
            isFilling: payload.isEmpty, begins: isVideo && format.begins(payload),
            beginsKeyFrame: isVideo && format.beginsKeyFrame(payload), rotation: rotation)
        place(facts, payload, at: number, now: now)
    }

    /// Takes what a packet repeats of one before it (RFC 2198), in case that one is missing. To be
    /// called before the packet itself is inserted, the oldest first.
    ///
    /// - Parameters:
    ///   - header: of the packet that repeats it.
    ///   - distance: by how many packets it is older, 1 or more.
    ///   - timestamp: its own.
    ///   - payloadType: its own.
    ///   - payload: its own.
    ///   - now: as for ``insert(_:payload:now:)``.
    mutating func insertRepeated(
        before header: RTPHeader, distance: Int, timestamp: UInt32, payloadType: UInt8, payload: Span<UInt8>,
        now: Duration
    ) {
        // Before the first packet of all there is nothing to be repaired.
        guard isStarted, isAudio, !payload.isEmpty, (1...64).contains(distance) else { return }
        lastTime = now
        let highest = window.end - 1
        let step = Int64(Int16(bitPattern: header.sequenceNumber &- UInt16(truncatingIfNeeded: highest)))
        let number = highest + step - Int64(distance)
        guard abs(step) <= Self.maximumGap, !window.holds(number) else { return }
        let unwrapped = unwrap(timestamp)
        // It may be of another packet, if the sender has left one out.
        guard number >= window.first, unwrapped > last?.timestamp ?? .min else { return }
        let facts = PacketWindow.Facts(
            timestamp: unwrapped, arrival: now, payloadType: payloadType, marker: false, isFilling: false,
            begins: false, beginsKeyFrame: false)
        place(facts, payload, at: number, now: now)
    }

    /// The next thing in order, if there is one whose time has come.
    package mutating func next(now: Duration) -> Output? {
        lastTime = now
        if let output = ready.next() { return output }
        if mayHaveKeyFrame { lookForKeyFrame() }
        while let deadline = nextDeadline, ready.isEmpty, deadline <= now {
            if needsKeyFrame { sweep(now: now) } else { giveUpGap() }
        }
        return ready.next()
    }

    /// Other packets follow, of a format that joins them otherwise. Sound that is held is given out
    /// before; video begins with a key frame again. Packets of the former format must not be
    /// inserted any more.
    ///
    /// - Parameter clockRate: of their timestamps, in Hz; nil if it is the same.
    package mutating func setFormat(_ format: any RTPPayloadFormat, clockRate: Int? = nil) {
        flush()
        breakOff()
        self.format = format
        guard let clockRate else { return }
        settings.clockRate = clockRate
        arrivals = ArrivalDelay(clockRate: clockRate, range: settings.delay)
    }

    /// The source has ended, or pauses: what is held is not waited for any longer.
    package mutating func flush() {
        if mayHaveKeyFrame { lookForKeyFrame() }
        while !window.isEmpty {
            if isAudio { passFirst() } else { giveUpGap() }
            if needsKeyFrame { while !window.isEmpty { passFirst() } }
        }
        if open != nil { breakOff() }
    }

    /// Forgets everything but the format and the round trip.
    package mutating func reset() {
        let (roundTrip, discarded) = (roundTrip, discarded)
        self = JitterBuffer(format: format, settings: settings)
        (self.roundTrip, self.discarded) = (roundTrip, discarded)
    }

    // MARK: Numbers

    /// The number without an end; nil if the packet is to be kept aside.
    private mutating func number(of header: RTPHeader, _ payload: Span<UInt8>, now: Duration) -> Int64? {
        if !isStarted { start(at: Int64(header.sequenceNumber)) }
        let highest = window.end - 1
        let distance = Int16(bitPattern: header.sequenceNumber &- UInt16(truncatingIfNeeded: highest))
        if abs(Int64(distance)) <= Self.maximumGap {
            outlier = nil
            return highest + Int64(distance)
        }
        if let first = outlier {
            let step = Int(Int16(bitPattern: header.sequenceNumber &- first.header.sequenceNumber))
            if step != 0, abs(step) <= Self.restartDistance {
                outlier = nil
                flush()
                breakOff()
                start(at: Int64(step > 0 ? first.header.sequenceNumber : header.sequenceNumber))
                insert(first.header, payload: first.payload.span, now: now)
                return self.number(of: header, payload, now: now)
            }
        }
        outlier = (header, payload.bytes(0..<payload.count))
        return nil
    }

    private mutating func start(at number: Int64) {
        isStarted = true
        isOpenBelow = needsKeyFrame
        window = PacketWindow(first: number)
        (lost, passedOver, broken, last, restartsTimestamps) = (0, 0, nil, nil, true)
    }

    private mutating func unwrap(_ timestamp: UInt32) -> Int64 {
        // Nobody gets that far in a century but on purpose: it counts from the beginning again.
        if let far = highestTimestamp, far > 1 << 48 {
            flush()
            breakOff()
            (highestTimestamp, last, broken) = (nil, nil, nil)
        }
        guard let highest = highestTimestamp else {
            highestTimestamp = Int64(timestamp)
            return Int64(timestamp)
        }
        let number = highest + Int64(Int32(bitPattern: timestamp &- UInt32(truncatingIfNeeded: highest)))
        highestTimestamp = restartsTimestamps ? number : max(highest, number)
        restartsTimestamps = false
        return number
    }

    /// What comes after it was given up tells that the delay was too short; what comes twice tells
    /// nothing.
    private mutating func noteLate(_ number: Int64, _ timestamp: Int64, now: Duration) {
        let place = window.first - 1 - number
        guard place < 64, passedOver >> UInt64(place) & 1 == 1 else { return }
        passedOver &= ~(1 << UInt64(place))
        discarded &+= 1
        guard isAudio else { return }
        arrivals.note(timestamp: timestamp, arrival: now)
    }

    // MARK: Going on

    /// Takes a packet if it is next in order, or holds it.
    private mutating func place(
        _ facts: PacketWindow.Facts, _ payload: Span<UInt8>, at number: Int64, now: Duration
    ) {
        makeRoom(for: number, payload.count)
        if number == window.first, !needsKeyFrame {
            _ = window.takeFirst()
            take(facts, payload)
        } else {
            // Only an end, a beginning, or what fills a gap can make a frame whole.
            if facts.marker || facts.begins || number < window.end - 1 { mayHaveKeyFrame = !isAudio }
            window.hold(PacketWindow.Packet(payload: payload.bytes(0..<payload.count), facts: facts), at: number)
        }
        takeInOrder()
    }

    private mutating func takeInOrder() {
        while !needsKeyFrame, window.holds(window.first), let packet = window.takeFirst() {
            // It may have been of the one that is known.
            if hasWholeKeyFrame { mayHaveKeyFrame = true }
            take(packet.facts, packet.payload.span)
        }
    }

    /// Goes to a key frame, if one is whole and needed, and notes whether there is one.
    private mutating func lookForKeyFrame() {
        mayHaveKeyFrame = false
        while true {
            takeInOrder()
            guard needsKeyFrame, let start = window.wholeKeyFrame(excluding: broken) else { break }
            while window.first < start { passFirst() }
            (needsKeyFrame, isOpenBelow, broken) = (false, false, nil)
        }
        hasWholeKeyFrame =
            !isAudio && !needsKeyFrame && window.wholeKeyFrame(excluding: open?.frame.timestamp) != nil
    }

    private mutating func giveUpGap() {
        if isAudio {
            while window.missingSince(window.first) != nil { passFirst() }
        } else {
            breakOff()
        }
        lookForKeyFrame()
    }

    /// What waits for a key frame is let go where it can be none any more; all of it, if nothing
    /// has come for a while.
    private mutating func sweep(now: Duration) {
        lastSweep = now
        let oldest = now - Self.keyFramePatience
        let stale = lastArrival < now - Self.silence ? window.end : window.stale(before: oldest, excluding: broken)
        while window.first < stale { passFirst() }
    }

    /// The frame that is being joined, and all that need it, are of no use.
    private mutating func breakOff() {
        guard !isAudio else { return }
        broken = open?.frame.timestamp ?? broken
        (open, needsKeyFrame, mayHaveKeyFrame) = (nil, true, true)
    }

    /// Goes beyond the first number, which is lost if it has not come.
    private mutating func passFirst() {
        isOpenBelow = false
        let packet = window.takeFirst()
        if let packet, isAudio { return take(packet.facts, packet.payload.span) }
        if packet == nil { lost += 1 }
        passedOver = passedOver << 1 | (packet == nil ? 1 : 0)
    }

    /// Sees to it that a packet can be held: the oldest are waited for no longer.
    private mutating func makeRoom(for number: Int64, _ count: Int) {
        while number - window.first >= settings.maximumPackets
            || window.first < number && byteCount + count > settings.maximumBytes
        {
            breakOff()
            passFirst()
        }
        while ready.byteCount > settings.maximumBytes || ready.count > settings.maximumPackets {
            // Nobody has asked for them.
            ready.dropOldest()
            if ready.isEmpty { breakOff() }
        }
    }

    // MARK: Frames

    /// The packet that is next in order.
    private mutating func take(_ facts: PacketWindow.Facts, _ payload: Span<UInt8>) {
        passedOver <<= 1
        if isAudio { takeAudio(facts, payload) } else { takeVideo(facts, payload) }
    }

    private mutating func takeAudio(_ facts: PacketWindow.Facts, _ payload: Span<UInt8>) {
        guard !payload.isEmpty else { return }
        var frame = newFrame(facts)
        do throws(RTPError) { try format.join(payload, to: &frame.bytes) } catch {
            lost += 1
            return
        }
        (frame.marker, frame.packetCount) = (facts.marker, 1)
        if lost > 0 { ready.append(.loss(loss(before: facts.timestamp))) }
        if let last, lost == 0 { self.last?.step = facts.timestamp - last.timestamp }
        last = (facts.timestamp, last?.step ?? 0)
        finish(frame)
    }

    /// The packets that are missing, at even distances between those around them.
    private func loss(before timestamp: Int64) -> Loss {
        guard let last, last.timestamp < timestamp else {
            return Loss(packetCount: lost, timestamps: timestamp..<timestamp)
        }
        let even = (timestamp - last.timestamp) / Int64(lost + 1)
        let start = last.timestamp + (last.step > 0 ? min(last.step, even) : even)
        return Loss(packetCount: lost, timestamps: start..<timestamp)
    }

    private mutating func takeVideo(_ facts: PacketWindow.Facts, _ payload: Span<UInt8>) {
        if facts.isFilling {
            if facts.marker, open?.frame.timestamp == facts.timestamp { close(marker: true) }
            return
        }
        if let open, open.frame.timestamp != facts.timestamp {
            // The marker bit was forgotten, if another frame begins here.
            if facts.begins { close(marker: false) } else { breakOff() }
        }
        guard facts.begins || open != nil else {
            broken = facts.timestamp
            return breakOff()
        }
        var frame = open ?? OpenFrame(frame: newFrame(facts))
        open = nil
        frame.byteCount += payload.count
        let isJoined = (try? format.join(payload, to: &frame.frame.bytes)) != nil
        frame.frame.isKeyFrame = frame.frame.isKeyFrame || facts.beginsKeyFrame
        frame.frame.firstArrival = min(frame.frame.firstArrival, facts.arrival)
        frame.frame.packetCount += 1
        // A picture that says nothing of it is as the one before.
        rotation = facts.rotation ?? rotation
        frame.frame.rotation = rotation
        let isTooLong = max(frame.byteCount, frame.frame.bytes.count) > settings.maximumFrameBytes
        open = frame
        if !isJoined || isTooLong { breakOff() } else if facts.marker { close(marker: true) }
    }

    private func newFrame(_ facts: PacketWindow.Facts) -> ReceivedFrame {
        ReceivedFrame(
            bytes: [], rtpTimestamp: UInt32(truncatingIfNeeded: facts.timestamp), timestamp: facts.timestamp,
            isKeyFrame: isAudio, marker: false, firstArrival: facts.arrival, packetCount: 0, lostBefore: 0,
            payloadType: facts.payloadType)
    }

    private mutating func close(marker: Bool) {
        guard var frame = open?.frame else { return }
        open = nil
        frame.marker = marker
        format.finish(&frame.bytes)
        finish(frame)
    }

    private mutating func finish(_ frame: ReceivedFrame) {
        var frame = frame
        frame.lostBefore = lost
        lost = 0
        ready.append(.frame(frame))
    }
}
