internal import StrictJSON

extension InputMessage {
    /// The JSON text of the message, in one line, of less than ``maximumBytes`` bytes. The same
    /// event is read from it, unless more than 30 combining marks follow each other in the code of
    /// its key, which browsers have in none.
    public func serialized() -> String {
        switch event {
        case .key(let key):
            #"{"type":"key","code":"# + String(decoding: JSONValue.string(key.code).bytes, as: UTF8.self)
                + #","down":\#(key.down)}"#
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
}
