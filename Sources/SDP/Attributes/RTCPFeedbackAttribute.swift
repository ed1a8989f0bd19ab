/// `a=rtcp-fb` (RFC 4585 §4.2): feedback that may be sent for a payload type.
public struct RTCPFeedbackAttribute: AttributeValue {
    public static let attributeName = "rtcp-fb"

    /// The payload type; `nil` for all (`*`).
    public var payloadType: UInt8?
    /// The feedback, such as `nack`, `nack pli`, `ccm fir`, `transport-cc`.
    public var feedback: String

    /// Feedback for a payload type, or for all.
    public init(payloadType: UInt8?, feedback: String) {
        self.payloadType = payloadType
        self.feedback = feedback
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard fields.count >= 2 else { return nil }
        let feedback = fields.dropFirst().joined(separator: " ")
        if fields[0] == "*" {
            self.init(payloadType: nil, feedback: feedback)
        } else {
            guard let payloadType = fields[0].decimal(UInt8.self), payloadType < 128 else { return nil }
            self.init(payloadType: payloadType, feedback: feedback)
        }
    }

    public var attributeValue: String { "\(payloadType.map(String.init) ?? "*") \(feedback)" }
}
