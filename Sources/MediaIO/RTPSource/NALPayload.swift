internal import RTP

/// Payloads of H.264 (RFC 6184) and H.265 (RFC 7798), as far as parameter sets are concerned.
enum NALPayload: Sendable, Hashable {
    case h264, h265

    /// By the name that `MediaFrame.codec` has.
    init?(codec: String) {
        switch codec {
        case "video/H264": self = .h264
        case "video/H265": self = .h265
        default: return nil
        }
    }

    /// What a payload begins.
    struct Content: Sendable, Hashable {
        /// A parameter set of a sequence.
        var hasSet = false
        /// A picture that needs no other.
        var opensKeyFrame = false
    }

    func content(of payload: [UInt8]) -> Content {
        var content = Content()
        guard payload.count > headerSize else { return content }
        let type = type(of: payload[0])
        if type == aggregate {
            var place = headerSize
            while place + 2 < payload.count {
                note(self.type(of: payload[place + 2]), in: &content)
                place += 2 + Int(payload[place]) << 8 + Int(payload[place + 1])
            }
        } else if type == fragment {
            let header = payload[headerSize]
            if header & 0x80 != 0 { note(header & (self == .h264 ? 0x1F : 0x3F), in: &content) }
        } else {
            note(type, in: &content)
        }
        return content
    }

    /// Whether a unit is a parameter set.
    func isParameterSet(_ unit: [UInt8]) -> Bool {
        guard unit.count > headerSize else { return false }
        return self == .h264 ? [7, 8].contains(type(of: unit[0])) : (32...34).contains(type(of: unit[0]))
    }

    /// Units together in as few payloads as may be (STAP-A, RFC 6184 §5.7.1; AP, RFC 7798 §4.4.2);
    /// those that fit none are left out.
    func aggregates(of units: [[UInt8]], maximumSize: Int) -> [[UInt8]] {
        var frame: [UInt8] = []
        for unit in units where unit.count <= maximumSize { frame += [0, 0, 0, 1] + unit }
        let span = frame.span
        var format: any RTPPayloadFormat = self == .h264 ? H264Format() : H265Format()
        var payloads: [[UInt8]] = []
        try? format.cut(span, maximumSize: maximumSize) { part in
            var payload: [UInt8] = []
            part.append(of: span, to: &payload)
            payloads.append(payload)
        }
        return payloads
    }

    private var headerSize: Int { self == .h264 ? 1 : 2 }
    private var aggregate: UInt8 { self == .h264 ? 24 : 48 }
    private var fragment: UInt8 { self == .h264 ? 28 : 49 }

    private func type(of first: UInt8) -> UInt8 { self == .h264 ? first & 0x1F : first >> 1 & 0x3F }

    private func note(_ type: UInt8, in content: inout Content) {
        switch self {
        case .h264:
            if type == 7 { content.hasSet = true }
            if type == 5 { content.opensKeyFrame = true }
        case .h265:
            if type == 33 { content.hasSet = true }
            if (16...23).contains(type) { content.opensKeyFrame = true }
        }
    }
}
