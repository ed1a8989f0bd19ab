/// `a=fmtp` (RFC 8866 §6.15): parameters of a format.
public struct FormatParametersAttribute: AttributeValue {
    public static let attributeName = "fmtp"

    /// The format, usually a payload type.
    public var format: String
    /// The parameters as they stand, such as `minptime=10;useinbandfec=1`.
    public var parameters: String

    /// The parameters of a format.
    public init(format: String, parameters: String) {
        self.format = format
        self.parameters = parameters
    }

    public init?(attributeValue: String) {
        let (format, parameters) = attributeValue.trimmed.cut(at: " ")
        guard !format.isEmpty, let parameters = parameters?.trimmed, !parameters.isEmpty else { return nil }
        self.init(format: format, parameters: parameters)
    }

    public var attributeValue: String { "\(format) \(parameters)" }

    /// The value of a parameter; empty for one without a value. Names are compared without regard
    /// to case.
    public subscript(name: String) -> String? {
        let wanted = name.lowercased()
        for part in parameters.utf8.split(separator: UInt8(ascii: ";")) {
            let (name, value) = String(Substring(part)).cut(at: "=")
            if name.trimmed.lowercased() == wanted { return value?.trimmed ?? "" }
        }
        return nil
    }
}
