extension InputMessage {
    /// The JSON text of the message, in one line, of less than ``maximumBytes`` bytes. The same
    /// event is read from it.
    public func serialized() -> String {
        switch event {
        case .key(let key): #"{"type":"key","code":"# + Self.quoted(key.code) + #","down":\#(key.down)}"#
        case .mouse(let mouse):
            #"{"type":"mouse","x":\#(InputNumber.text(mouse.x)),"y":\#(InputNumber.text(mouse.y)),"#
                + #""buttons":\#(mouse.buttons),"wheel":\#(InputNumber.text(mouse.wheel))}"#
        case .gamepad(let gamepad):
            #"{"type":"gamepad","index":\#(gamepad.index),"axes":\#(Self.list(gamepad.axes)),"#
                + #""buttons":\#(Self.list(gamepad.buttons))}"#
        }
    }

    private static func list(_ numbers: [Double]) -> String {
        "[" + numbers.map(InputNumber.text).joined(separator: ",") + "]"
    }

    /// A string of JSON (RFC 8259 §7).
    private static func quoted(_ text: String) -> String {
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                quoted.append("\\")
                quoted.append(scalar)
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted.append(contentsOf: ("\\u00" + (digits.count < 2 ? "0" : "") + digits).unicodeScalars)
            default: quoted.append(scalar)
            }
        }
        quoted.append("\"")
        return String(quoted)
    }
}
