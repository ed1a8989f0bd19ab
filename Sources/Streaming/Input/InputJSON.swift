/// A JSON value of a message (RFC 8259).
enum InputJSON: Sendable {
    case null
    case bool(Bool)
    /// Infinite if it is too large for a floating-point number of 64 bits.
    case number(Double)
    case string(String)
    case array([InputJSON])
    case object([String: InputJSON])

    /// What it is, in words.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
