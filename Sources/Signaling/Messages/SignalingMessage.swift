package import StrictJSON

/// A message as a socket carries it: a JSON object with a `type`. Members that nobody here knows
/// are kept, and go on with it.
public struct SignalingMessage: Sendable, Hashable {
    /// All members but the type, by their names.
    package var members: [String: JSONValue]
    /// What kind of message it is, as its dialect says.
    public var type: String

    /// A message.
    ///
    /// - Parameters:
    ///   - type: what kind of message it is.
    ///   - texts: members that are strings.
    public init(type: String, _ texts: [String: String] = [:]) {
        self.type = type
        members = texts.mapValues { .string($0) }
    }

    package init(type: String, members: [String: JSONValue]) {
        self.type = type
        self.members = members
    }

    /// Reads a message.
    ///
    /// - Throws: ``SignalingRefusal``: `malformed` for what is no JSON object, `invalid-message`
    ///   where the type is missing, each a bad message.
    public init(parsing bytes: [UInt8]) throws(SignalingRefusal) {
        let value: JSONValue
        do throws(JSONReader.Failure) {
            // A description is mostly passed on.
            value = try JSONReader.read(bytes, keepsLongStrings: true)
        } catch {
            throw SignalingRefusal(
                ErrorMessage.Code.malformed, "not JSON at byte \(error.offset): \(error.reason)", isBad: true)
        }
        try self.init(value)
    }

    /// A message that is read already; throws as ``init(parsing:)`` does.
    package init(_ value: JSONValue) throws(SignalingRefusal) {
        guard case .object(var members) = value else {
            throw SignalingRefusal(
                ErrorMessage.Code.malformed, "a message is a JSON object with a type", isBad: true)
        }
        guard let type = members.removeValue(forKey: "type")?.text else {
            throw SignalingRefusal(ErrorMessage.Code.invalidMessage, "a message needs a type", isBad: true)
        }
        self.type = type
        self.members = members
    }

    /// A member that is a string; nil where it is missing, `null` or something else. To set it to
    /// nil takes the member out.
    public subscript(name: String) -> String? {
        get { value(name)?.text }
        set { members[name] = newValue.map { .string($0) } }
    }

    /// Whether there is such a member, other than `null`.
    public func has(_ name: String) -> Bool { value(name) != nil }

    /// A member; nil where it is missing or `null`.
    package func value(_ name: String) -> JSONValue? {
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    /// A string that has to be there, not empty and not longer than anybody needs, as it is written
    /// in JSON: there a control character is six bytes.
    ///
    /// - Parameters:
    ///   - name: the member's name.
    ///   - limit: in bytes.
    /// - Throws: ``SignalingRefusal`` `invalid-message`, a bad message.
    public func required(_ name: String, limit: Int = 256) throws(SignalingRefusal) -> String {
        guard let value = value(name), let text = value.text, !text.isEmpty, text.utf8.count <= limit,
            value.bytes.count <= limit + 2
        else {
            throw SignalingRefusal(
                ErrorMessage.Code.invalidMessage, "\(name) must be a string of 1 to \(limit) bytes in JSON",
                isBad: true)
        }
        return text
    }

    /// The type among the other members.
    package var json: JSONValue {
        var all = members
        all["type"] = .string(type)
        return .object(all)
    }

    /// Compact JSON, the members sorted by name.
    public var bytes: [UInt8] { json.bytes }
}
