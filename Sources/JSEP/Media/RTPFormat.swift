internal import SDP

/// A payload type of a media section and what is said of it.
package struct RTPFormat: Sendable, Hashable {
    package var payloadType: UInt8
    package var name: String
    package var clockRate: UInt32
    package var channels: UInt8?
    package var parameters: String?
    package var feedback: [String] = []

    /// Arrivals told by numbers of the whole transport
    /// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
    static let transportWideFeedback = "transport-cc"
    /// Arrivals told by source (RFC 8888 §6).
    static let sourceFeedback = "ack ccfb"

    /// The payload types of a section in the order of its `m=`. Those that nobody explains, or
    /// twice, are left out.
    static func all(in media: MediaDescription) -> [RTPFormat] {
        let maps = Dictionary(media.rtpMaps.map { ($0.payloadType, $0) }, uniquingKeysWith: { first, _ in first })
        let parameters = Dictionary(
            media.formatParameters.map { ($0.format, $0.parameters) }, uniquingKeysWith: { first, _ in first })
        let feedbacks = Dictionary(grouping: media.rtcpFeedbacks, by: \.payloadType)
        let common = (feedbacks[nil] ?? []).map(\.feedback)
        var seen: Set<UInt8> = []
        return media.formats.compactMap { text in
            guard let number = UInt8(text), number < 128, seen.insert(number).inserted else { return nil }
            guard let map = maps[number] ?? staticMap(number) else { return nil }
            return RTPFormat(
                payloadType: number, name: map.encodingName, clockRate: map.clockRate,
                channels: media.kind == .audio ? map.channels : nil,
                parameters: parameters[text], feedback: common + (feedbacks[number] ?? []).map(\.feedback))
        }
    }

    /// What RFC 3551 §6 gives a number to.
    private static func staticMap(_ number: UInt8) -> RTPMapAttribute? {
        switch number {
        case 0: RTPMapAttribute(payloadType: 0, encodingName: "PCMU", clockRate: 8_000)
        case 8: RTPMapAttribute(payloadType: 8, encodingName: "PCMA", clockRate: 8_000)
        // Its clock is half of the sampling rate, by an old mistake (RFC 3551 §4.5.2).
        case 9: RTPMapAttribute(payloadType: 9, encodingName: "G722", clockRate: 8_000)
        default: nil
        }
    }

    /// The payload type that an `rtx` repairs (RFC 4588 §8.1).
    package var repairs: UInt8? {
        guard name.lowercased() == "rtx" else { return nil }
        return self["apt"].flatMap { UInt8($0) }
    }

    /// The payload type that a `red` has in each of its blocks (RFC 2198 §5); nil where there are
    /// several.
    var redundancyOf: UInt8? {
        guard name.lowercased() == "red", let parameters else { return nil }
        let numbers = Set(parameters.split(separator: "/", omittingEmptySubsequences: false).map { UInt8($0) })
        return numbers.count == 1 ? numbers.first ?? nil : nil
    }

    subscript(parameter: String) -> String? {
        parameters.flatMap { FormatParametersAttribute(format: "", parameters: $0)[parameter] }
    }

    /// `rtx` for another format.
    static func repair(_ payloadType: UInt8, of other: UInt8) -> RTPFormat {
        RTPFormat(payloadType: payloadType, name: "rtx", clockRate: 90_000, parameters: "apt=\(other)")
    }
}

extension MediaDescription {
    /// Writes the payload types, first the one that is preferred.
    mutating func setRTPFormats(_ list: [RTPFormat]) {
        formats = list.map { String($0.payloadType) }
        for format in list {
            let channels = format.channels.flatMap { $0 > 1 ? String($0) : nil }
            append(
                Attribute(
                    RTPMapAttribute(
                        payloadType: format.payloadType, encodingName: format.name, clockRate: format.clockRate,
                        parameters: channels)))
            for feedback in format.feedback {
                append(Attribute(RTCPFeedbackAttribute(payloadType: format.payloadType, feedback: feedback)))
            }
            if let parameters = format.parameters {
                append(
                    Attribute(FormatParametersAttribute(format: String(format.payloadType), parameters: parameters)))
            }
        }
    }
}
