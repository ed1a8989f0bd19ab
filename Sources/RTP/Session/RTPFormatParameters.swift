/// A payload type and what was agreed on for it.
package struct RTPFormatParameters: Sendable, Hashable {
    /// The feedback that was agreed on (RFC 4585 §4.2, RFC 5104 §7.1, RFC 8888 §6).
    package struct Feedback: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let nack = Feedback(rawValue: 1)
        package static let pictureLoss = Feedback(rawValue: 2)
        package static let fullIntraRequest = Feedback(rawValue: 4)
        package static let transportWide = Feedback(rawValue: 8)
        package static let estimatedBitrate = Feedback(rawValue: 16)
        package static let congestionControl = Feedback(rawValue: 32)
    }

    package var payloadType: UInt8
    /// As `a=rtpmap` has it, in lower case.
    package var name: String
    package var clockRate: Int
    package var channels: Int
    /// The parameters of `a=fmtp`, as they stand.
    package var parameters: String?
    package var feedback: Feedback
    /// Of RTX: the payload type that it repairs.
    package var repairs: UInt8?
    /// The payload type of the RTX that repairs this one.
    package var repairPayloadType: UInt8?

    /// As it is written by most: the name in the spelling of its registration.
    package var displayName: String {
        switch name {
        case "opus", "telephone-event", "rtx", "red": name
        default: name.uppercased()
        }
    }

    /// Whether it goes beside another one in a stream, and is none to carry media by itself.
    package var isAuxiliary: Bool { name == "telephone-event" || name == "cn" || name == "rtx" }

    /// Whether it carries another format, and repeats what was sent before (RED, RFC 2198).
    package var isRedundant: Bool { name == "red" }

    /// Of RED: how often it repeats a format, by its `a=fmtp` (RFC 2198 §5); nil if it is not for
    /// that one.
    package func repetitions(of format: RTPFormatParameters) -> Int? {
        guard isRedundant, clockRate == format.clockRate else { return nil }
        let types = (parameters ?? "").split(separator: "/").map { UInt8($0) }
        guard !types.isEmpty, types.allSatisfy({ $0 == format.payloadType }) else { return nil }
        return types.count - 1
    }

    package init(
        payloadType: UInt8, name: String, clockRate: Int, channels: Int = 1, parameters: String? = nil,
        feedback: Feedback = [], repairs: UInt8? = nil, repairPayloadType: UInt8? = nil
    ) {
        self.payloadType = payloadType
        self.name = name
        self.clockRate = max(1, clockRate)
        self.channels = channels
        self.parameters = parameters
        self.feedback = feedback
        self.repairs = repairs
        self.repairPayloadType = repairPayloadType
    }
}
