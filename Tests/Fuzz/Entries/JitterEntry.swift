import RTP

/// Packets of a source in any order, with any numbers: what comes out of the buffer is bounded, and can be decoded.
enum JitterEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let kind: JitterBuffer.Kind = input.flag() ? .audio : .video
        var settings = JitterBuffer.Settings(kind: kind, clockRate: input.choice([1, 8_000, 90_000]))
        settings.maximumPackets = 1 + input.below(64)
        settings.maximumBytes = 64 + input.below(4096)
        settings.maximumFrameBytes = 64 + input.below(1024)
        var buffer = JitterBuffer(format: format(&input, kind), settings: settings)
        var state = State(settings: settings)
        while !input.isEmpty {
            switch input.below(16) {
            case 0: state.now += .milliseconds(input.number())
            case 1: state.now = max(state.now, buffer.nextDeadline ?? state.now)
            case 2: buffer.update(roundTrip: .milliseconds(input.number()))
            case 3: buffer.setFormat(format(&input, kind), clockRate: input.flag() ? 48_000 : nil)
            case 4: buffer.flush()
            case 5: buffer.reset()
            case 6: state.number = UInt16(truncatingIfNeeded: input.number())
            case 7: state.timestamp = UInt32(input.number()) << 16 | UInt32(input.number())
            case 8: state.timestamp &+= UInt32(input.byte())
            default: try insert(&buffer, &state, &input)
            }
            if input.flag() { try take(&buffer, &state) }
        }
    }

    private struct State {
        let settings: JitterBuffer.Settings
        var now = Duration.zero
        var number: UInt16 = 65_500
        var timestamp: UInt32 = .max - 500
        var inserted = 0
        var taken = 0
    }

    private static func format(_ input: inout FuzzInput, _ kind: JitterBuffer.Kind) -> any RTPPayloadFormat {
        if kind == .audio { return input.flag() ? OpusFormat() : PCMFormat() }
        let formats: [any RTPPayloadFormat] = [VP8Format(), VP9Format(), H264Format(), H265Format(), AV1Format()]
        return input.choice(formats)
    }

    private static func insert(
        _ buffer: inout JitterBuffer, _ state: inout State, _ input: inout FuzzInput
    ) throws {
        let flags = input.byte()
        state.number &+= UInt16(flags & 3)
        let packet = try RTPPacket(
            payloadType: 96, sequenceNumber: state.number &- UInt16(flags >> 2 & 7),
            timestamp: state.timestamp &+ (flags & 0x20 != 0 ? 10 : 0), ssrc: 1, marker: flags & 0x40 != 0,
            payload: input.take(input.below(40))
        ).encoded()
        let header = try RTPHeader(parsing: packet.span)
        let payload = packet.span.extracting(header.payload)
        state.inserted += 2
        if flags & 0x80 == 0 {
            buffer.insert(header, payload: payload, now: state.now)
        } else {
            try? buffer.insertRedundant(header, payload: payload, now: state.now)
            state.inserted += RedundantAudio.maximumCount
        }
        try FuzzFinding.require(
            buffer.byteCount <= state.settings.maximumBytes + state.settings.maximumFrameBytes + 2 * payload.count,
            "\(buffer.byteCount) bytes are held")
    }

    private static func take(_ buffer: inout JitterBuffer, _ state: inout State) throws(FuzzFinding) {
        while let output = buffer.next(now: state.now) {
            state.taken += 1
            try FuzzFinding.require(state.taken <= 2 * state.inserted, "more comes out than went in")
            switch output {
            case .frame(let frame):
                try FuzzFinding.require(frame.packetCount > 0 && frame.lostBefore >= 0, "a frame of nothing")
                try FuzzFinding.require(
                    frame.rtpTimestamp == UInt32(truncatingIfNeeded: frame.timestamp), "two timestamps")
            case .loss(let loss):
                try FuzzFinding.require(state.settings.kind == .audio && loss.packetCount > 0, "a loss of nothing")
            }
        }
        let isLater = buffer.nextDeadline.map { $0 > state.now } ?? true
        try FuzzFinding.require(isLater, "something is due, and does not come")
    }
}
