internal import SDP

/// What two formats have in common that are the same codec: all that has to be equal in an offer
/// and its answer (RFC 3264 §6.1), with what stands for parameters that are left out.
struct CodecIdentity: Sendable, Hashable {
    /// Which of the streams of a codec are meant, where decoders for one cannot read another.
    enum Profile: Sendable, Hashable {
        /// All that there are.
        case any
        /// Of VP9 (RFC 9628 §6) or AV1 (RTP payload format for AV1 §7.1).
        case number(UInt8)
        case h264(H264Profile.Name, packetizationMode: UInt8)
        case h265(H265Profile.Configuration)
        /// It cannot be told; such a format is like none of ours.
        case unknown
    }

    /// In lower case.
    let name: String
    let clockRate: UInt32
    let channels: UInt8
    let profile: Profile

    init(name: String, clockRate: UInt32, channels: UInt8?, parameters: String?) {
        let name = name.lowercased()
        self.name = name
        self.clockRate = clockRate
        self.channels = channels ?? 1
        profile =
            switch name {
            case "h264":
                H264Profile(parameters).map { .h264($0.name, packetizationMode: $0.packetizationMode) }
                    ?? .unknown
            case "h265": H265Profile(parameters).map { .h265($0.configuration) } ?? .unknown
            case "vp9": Self.number("profile-id", in: parameters)
            // Level and tier are each side's own (§7.2.3.1). So would be the profile, but peers
            // offer each profile as a format of its own.
            case "av1": Self.number("profile", in: parameters)
            default: .any
            }
    }

    /// 0 if the parameter is left out.
    private static func number(_ name: String, in parameters: String?) -> Profile {
        guard let parameters, let text = FormatParametersAttribute(format: "", parameters: parameters)[name] else {
            return .number(0)
        }
        return UInt8(text).map { .number($0) } ?? .unknown
    }
}

extension RTPFormat {
    /// Which codec it is; known at once for what is written as we write it.
    var identity: CodecIdentity {
        if let known = parameters.flatMap({ CodecTable.written[$0] }), known.name == name, known.clockRate == clockRate,
            known.channels == channels
        {
            return known.identity
        }
        return CodecIdentity(name: name, clockRate: clockRate, channels: channels, parameters: parameters)
    }
}
