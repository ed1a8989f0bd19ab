internal import SDP
internal import StrictJSON

extension InputMessage {
    /// Members with a longer name are left alone, whatever it is made of: none is known.
    private static let longestName = 64

    /// Reads a message.
    ///
    /// - Parameter text: a JSON text of at most 4096 bytes.
    /// - Throws: ``InputError`` that says which member is wrong, what was found and what is
    ///   allowed.
    public init(parsing text: String) throws(InputError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// Reads a message.
    ///
    /// - Parameter bytes: a JSON text in UTF-8, of at most 4096 bytes.
    /// - Throws: ``InputError`` that says which member is wrong, what was found and what is
    ///   allowed.
    public init(parsing bytes: [UInt8]) throws(InputError) {
        guard bytes.count <= Self.maximumBytes else {
            throw .messageTooLong(bytes: bytes.count, allowed: Self.maximumBytes)
        }
        let message: JSONValue
        do throws(JSONReader.Failure) {
            message = try JSONReader.read(bytes, longestName: Self.longestName)
        } catch {
            throw .malformed(problem: error.reason, at: error.offset)
        }
        self.init(try Self.event(InputMembers(of: message)))
    }

    private static func event(_ members: InputMembers) throws(InputError) -> InputEvent {
        let type = try members.text("type")
        switch type {
        case "key":
            return .key(try InputEvent.Key(code: members.text("code"), down: members.flag("down")))
        case "mouse":
            let range = InputEvent.Mouse.range
            return .mouse(
                try InputEvent.Mouse(
                    x: members.number("x", in: range), y: members.number("y", in: range),
                    buttons: UInt16(members.wholeNumber("buttons", in: 0...Int(UInt16.max))),
                    wheel: members.number("wheel", in: range)))
        case "gamepad":
            return .gamepad(
                try InputEvent.Gamepad(
                    index: members.wholeNumber("index", in: InputEvent.Gamepad.indices),
                    axes: members.numbers("axes", most: InputEvent.Gamepad.maximumAxes),
                    buttons: members.numbers("buttons", most: InputEvent.Gamepad.maximumButtons)))
        default: throw .unknownType(found: type.excerpt(40))
        }
    }
}
