/// `a=rid` (RFC 8851 §4): names an encoding of a media description.
public struct RIDAttribute: AttributeValue {
    public static let attributeName = "rid"

    /// Who sends the encoding, seen from the author of the description.
    public enum Direction: String, Sendable, Hashable {
        /// The author.
        case send
        /// The reader.
        case recv
    }

    /// The name: letters, digits, `-` and `_`.
    public var id: String
    /// Who sends it.
    public var direction: Direction
    /// The payload types and restrictions as they stand, such as `pt=96;max-width=1280`.
    public var restrictions: String?

    /// An encoding.
    public init(id: String, direction: Direction, restrictions: String? = nil) {
        self.id = id
        self.direction = direction
        self.restrictions = restrictions
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard fields.count >= 2, let direction = Direction(rawValue: fields[1]) else { return nil }
        let restrictions = fields.dropFirst(2).joined(separator: " ")
        self.init(id: fields[0], direction: direction, restrictions: restrictions.isEmpty ? nil : restrictions)
    }

    public var attributeValue: String {
        restrictions.map { "\(id) \(direction.rawValue) \($0)" } ?? "\(id) \(direction.rawValue)"
    }
}
