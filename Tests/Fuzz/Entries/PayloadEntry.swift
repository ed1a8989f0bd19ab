import RTP

/// Payloads of each format: what is cut is the same when it is joined, and any payload is joined or refused.
enum PayloadEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        switch input.below(5) {
        case 0: try check(VP8Format(pictureID: input.flag() ? 5 : nil), &input, isExact: true)
        case 1: try check(VP9Format(), &input, isExact: true)
        case 2: try check(H264Format(), &input, isExact: false)
        case 3: try check(H265Format(), &input, isExact: false)
        default: try check(AV1Format(), &input, isExact: false)
        }
    }

    /// Where a frame may be written in several ways, it is what it becomes when it is cut and joined once.
    private static func check(_ format: some RTPPayloadFormat, _ input: inout FuzzInput, isExact: Bool) throws {
        let maximum = 64 + input.below(1200)
        if input.flag() {
            var (format, frame) = (format, [UInt8]())
            while !input.isEmpty {
                let payload = input.take(input.below(256))
                _ = (format.begins(payload.span), format.beginsKeyFrame(payload.span))
                try? format.join(payload.span, to: &frame)
            }
            return
        }
        let frame = input.rest()
        guard let once = try again(frame, format, maximum) else { return }
        try FuzzFinding.require(!isExact || once == frame, "a frame is another when it is joined")
        try FuzzFinding.require(try again(once, format, maximum) == once, "a frame is another when it is joined again")
    }

    /// Nil if it is no frame.
    private static func again(_ frame: [UInt8], _ format: some RTPPayloadFormat, _ maximum: Int) throws -> [UInt8]? {
        var (format, payloads) = (format, [[UInt8]]())
        do {
            try format.cut(frame.span, maximumSize: maximum) { part in
                var payload: [UInt8] = []
                part.append(of: frame.span, to: &payload)
                payloads.append(payload)
            }
        } catch {
            return nil
        }
        try FuzzFinding.require(payloads.allSatisfy { $0.count <= maximum }, "a payload is too long")
        var joined: [UInt8] = []
        do {
            for payload in payloads { try format.join(payload.span, to: &joined) }
        } catch {
            // A unit may be one that these formats have no place for.
            return nil
        }
        return joined
    }
}
