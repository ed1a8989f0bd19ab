/// Sends tones one after another as W3C's `RTCDTMFSender` does (WebRTC §7), in packets of telephone
/// events (RFC 4733 §2.5.1). Pure; time is a parameter.
///
/// After ``insert(_:duration:interToneGap:now:)``, and at ``nextDeadline``, call ``next(now:)``
/// until it gives nil. Whether tones may be sent at all is the caller's to know.
package struct ToneSender: Sendable {
    /// How long a tone may be.
    package static let durations = Duration.milliseconds(40) ... .milliseconds(6000)
    /// How long the silence behind it may be.
    package static let gaps = Duration.milliseconds(30) ... .milliseconds(6000)
    /// What a comma stands for.
    package static let pause = Duration.seconds(2)
    /// How often the last packet of a tone, or of a part of one, is sent (§2.5.1.4).
    package static let endCount = 3

    /// What is to be done.
    package enum Output: Sendable, Hashable {
        /// A packet is to be sent.
        case packet(Packet)
        /// The event `tonechange`: a tone begins, or a comma's pause; an empty one when all of them
        /// are over.
        case toneChange(String)
    }

    /// What a packet carries, and when that began.
    package struct Packet: Sendable, Hashable {
        /// The payload.
        package var event: TelephoneEvent
        /// Only the first of a tone has it.
        package var marker: Bool
        /// When the tone began, by the clock that `now` is of.
        package var start: Duration
        /// To be added to the timestamp of that moment, in periods of the events' clock: tones that
        /// are too long for a payload have several parts.
        package var timestampOffset: UInt32
    }

    private struct Tone: Sendable {
        let event: UInt8
        let start: Duration
        let duration: Duration
        let gap: Duration
        /// Of the duration.
        let ticks: Int
        /// The ticks of the parts before this one.
        var partStart = 0
        var isFirst = true
        var endsSent = 0
        var next: Duration

        var end: Duration { start + duration }
    }

    private enum State: Sendable {
        case idle
        case waiting(until: Duration)
        case playing(Tone)
    }

    private var clockRate: Int
    private let packetTime: Duration
    private let volume: UInt8
    /// The tones that have not begun, the last first.
    private var waiting: [UInt8] = []
    private var duration = Duration.milliseconds(100)
    private var gap = Duration.milliseconds(70)
    private var state = State.idle
    /// What is due, the last first.
    private var due: [Output] = []
    private var lastTime = Duration.zero

    /// - Parameters:
    ///   - clockRate: of the telephone events, in Hz, 1 or more: mostly that of the sound they go
    ///     along with.
    ///   - packetTime: between two packets of a tone, 5 ms or more.
    ///   - volume: in dB below the loudest, 0 to 63.
    package init(clockRate: Int, packetTime: Duration = .milliseconds(50), volume: UInt8 = 10) {
        self.clockRate = max(1, clockRate)
        self.packetTime = max(packetTime, .milliseconds(5))
        self.volume = volume
    }

    /// The tones that have not begun yet.
    package var toneBuffer: String { String(decoding: waiting.reversed(), as: UTF8.self) }

    /// Takes tones to be sent in place of those that have not begun.
    ///
    /// - Parameters:
    ///   - tones: 0 to 9, A to D in either case, `#`, `*`, and a comma for a pause of two seconds;
    ///     none ends them.
    ///   - duration: of each tone; what is outside of ``durations`` is the nearest in it.
    ///   - interToneGap: of the silence behind it; what is outside of ``gaps`` is the nearest in
    ///     it.
    /// - Throws: ``ToneError/invalidCharacter(_:position:)``; nothing has changed then.
    package mutating func insert(
        _ tones: String, duration: Duration = .milliseconds(100), interToneGap: Duration = .milliseconds(70),
        now: Duration
    ) throws(ToneError) {
        var codes: [UInt8] = []
        for (position, character) in tones.enumerated() {
            guard let ascii = character.asciiValue, let code = Self.code(ascii) else {
                throw .invalidCharacter(character, position: position)
            }
            codes.append(code)
        }
        waiting = codes.reversed()
        self.duration = min(max(duration, Self.durations.lowerBound), Self.durations.upperBound)
        gap = min(max(interToneGap, Self.gaps.lowerBound), Self.gaps.upperBound)
        lastTime = now
        if case .idle = state, !waiting.isEmpty { state = .waiting(until: now) }
    }

    /// Takes the clock of the telephone events from now on. A tone under way,
    /// which has been told in another, ends.
    package mutating func setClockRate(_ rate: Int, now: Duration) {
        guard rate != clockRate, rate > 0 else { return }
        clockRate = rate
        guard case .playing = state else { return }
        due = []
        state = .waiting(until: now)
    }

    /// Ends all of it: there is nothing to send tones with any more.
    package mutating func cancel() {
        guard nextDeadline != nil else { return }
        waiting = []
        state = .idle
        due = [.toneChange("")]
    }

    /// When to call ``next(now:)``; nil if nothing is to be sent.
    package var nextDeadline: Duration? {
        if !due.isEmpty { return lastTime }
        return switch state {
        case .idle: nil
        case .waiting(let time): time
        case .playing(let tone): tone.next
        }
    }

    /// What is to be done now. What is long overdue is left out, but not the end of a tone.
    package mutating func next(now: Duration) -> Output? {
        lastTime = now
        if due.isEmpty {
            switch state {
            case .idle: break
            case .waiting(let time): if time <= now { begin(now: now) }
            case .playing(let tone): if tone.next <= now { go(on: tone, now: now) }
            }
            due.reverse()
        }
        return due.popLast()
    }

    private static func code(_ character: UInt8) -> UInt8? {
        let upper = (0x61...0x64).contains(character) ? character - 0x20 : character
        return upper == 0x2C || TelephoneEvent.tones.contains(upper) ? upper : nil
    }

    /// W3C's steps of a playout.
    private mutating func begin(now: Duration) {
        guard let code = waiting.popLast() else {
            state = .idle
            return due.append(.toneChange(""))
        }
        due.append(.toneChange(String(UnicodeScalar(code))))
        guard let event = TelephoneEvent.tones.firstIndex(of: code) else {
            state = .waiting(until: now + Self.pause)
            return
        }
        let ticks = Int(duration.ticks(rate: Int64(clockRate)))
        let tone = Tone(event: UInt8(event), start: now, duration: duration, gap: gap, ticks: ticks, next: now)
        go(on: tone, now: now)
    }

    private mutating func go(on playing: Tone, now: Duration) {
        var tone = playing
        if now >= tone.end {
            append(&tone, reaching: tone.ticks, isEnd: true)
            tone.endsSent += 1
            // All of them before the next tone begins.
            tone.next = now + min(packetTime, tone.gap / Self.endCount)
            state =
                tone.endsSent < Self.endCount ? .playing(tone) : .waiting(until: max(now, tone.end + tone.gap))
            return
        }
        // What it will be until the next packet.
        let next = tone.start + packetTime * (Int((now - tone.start) / packetTime) + 1)
        append(&tone, reaching: min(tone.ticks, Int((next - tone.start).ticks(rate: Int64(clockRate)))), isEnd: false)
        tone.next = next + packetTime > tone.end ? tone.end : next
        state = .playing(tone)
    }

    /// Appends a packet, and the last ones of all parts that are over before.
    private mutating func append(_ tone: inout Tone, reaching ticks: Int, isEnd: Bool) {
        let maximum = Int(TelephoneEvent.maximumDuration)
        while ticks - tone.partStart > maximum {
            for _ in 0..<Self.endCount { append(&tone, duration: maximum, isEnd: false) }
            tone.partStart += maximum
        }
        append(&tone, duration: ticks - tone.partStart, isEnd: isEnd)
    }

    private mutating func append(_ tone: inout Tone, duration: Int, isEnd: Bool) {
        let event = TelephoneEvent(
            event: tone.event, isEnd: isEnd, volume: volume, duration: UInt16(clamping: duration))
        due.append(
            .packet(
                Packet(
                    event: event, marker: tone.isFirst, start: tone.start,
                    timestampOffset: UInt32(truncatingIfNeeded: tone.partStart))))
        tone.isFirst = false
    }
}
