/// `a=extmap` (RFC 8285 §5): the id of an RTP header extension.
public struct ExtensionMapAttribute: AttributeValue {
    public static let attributeName = "extmap"

    /// 1 to 14 in one-byte headers, to 255 in two-byte headers; 4096 to 4351 while ids are
    /// negotiated.
    public var id: UInt16
    /// In which direction it is used, if that is restricted.
    public var direction: MediaDirection?
    /// What the extension is.
    public var uri: String
    /// What follows the URI.
    public var parameters: String?

    /// The id of an extension.
    public init(id: UInt16, direction: MediaDirection? = nil, uri: String, parameters: String? = nil) {
        self.id = id
        self.direction = direction
        self.uri = uri
        self.parameters = parameters
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard fields.count >= 2 else { return nil }
        let (number, suffix) = fields[0].cut(at: "/")
        guard let id = number.decimal(UInt16.self), id > 0 else { return nil }
        var direction: MediaDirection?
        if let suffix {
            guard let known = MediaDirection(rawValue: suffix) else { return nil }
            direction = known
        }
        let parameters = fields.dropFirst(2).joined(separator: " ")
        self.init(id: id, direction: direction, uri: fields[1], parameters: parameters.isEmpty ? nil : parameters)
    }

    public var attributeValue: String {
        let base = direction.map { "\(id)/\($0.rawValue) \(uri)" } ?? "\(id) \(uri)"
        return parameters.map { "\(base) \($0)" } ?? base
    }
}
