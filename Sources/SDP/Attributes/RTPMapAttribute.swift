/// `a=rtpmap` (RFC 8866 §6.6): the codec behind a payload type.
public struct RTPMapAttribute: AttributeValue {
    public static let attributeName = "rtpmap"

    /// 0 to 127.
    public var payloadType: UInt8
    /// The name of the encoding, such as `opus`. Case does not matter when it is compared.
    public var encodingName: String
    /// Ticks of the RTP clock a second.
    public var clockRate: UInt32
    /// What follows the clock rate: for audio the number of channels.
    public var parameters: String?

    /// The codec of a payload type.
    public init(payloadType: UInt8, encodingName: String, clockRate: UInt32, parameters: String? = nil) {
        self.payloadType = payloadType
        self.encodingName = encodingName
        self.clockRate = clockRate
        self.parameters = parameters
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard fields.count == 2, let payloadType = fields[0].decimal(UInt8.self), payloadType < 128 else { return nil }
        let (name, rest) = fields[1].cut(at: "/")
        guard !name.isEmpty, let (rate, parameters) = rest?.cut(at: "/") else { return nil }
        guard let clockRate = rate.decimal(UInt32.self), clockRate > 0 else { return nil }
        self.init(payloadType: payloadType, encodingName: name, clockRate: clockRate, parameters: parameters)
    }

    public var attributeValue: String {
        let base = "\(payloadType) \(encodingName)/\(clockRate)"
        return parameters.map { "\(base)/\($0)" } ?? base
    }

    /// The number of audio channels; 1 when none is given.
    public var channels: UInt8 { parameters?.decimal() ?? 1 }
}
