/// Messages that are refused.
enum MalformedMessages {
    static func mouse(_ x: String) -> String { #"{"type":"mouse","x":\#(x),"y":0,"buttons":0,"wheel":0}"# }

    private static func pad(index: String = "0", axes: String = "[]", buttons: String = "[]") -> String {
        #"{"type":"gamepad","index":\#(index),"axes":\#(axes),"buttons":\#(buttons)}"#
    }

    static func key(_ code: String, _ down: String = "true") -> String {
        #"{"type":"key","code":\#(code),"down":\#(down)}"#
    }

    private static func list(_ count: Int, of element: String = "0") -> String {
        "[" + Array(repeating: element, count: count).joined(separator: ",") + "]"
    }

    private static let range = "-65536 to 65536"

    /// Messages, and what is said of them.
    static let values: [(String, String)] = [
        (#"{"type":"touch","x":0}"#, #"type is "touch": key, mouse or gamepad"#),
        (#"{"type":"KEY"}"#, #"type is "KEY": key, mouse or gamepad"#),
        (
            #"{"type":"\u0007\n\#(String(repeating: "a", count: 60))"}"#,
            #"type is "??\#(String(repeating: "a", count: 37))…": key, mouse or gamepad"#
        ),
        ("{}", "type is missing: a string"),
        (#"{"type":null}"#, "type is null: a string"),
        (#"{"type":7}"#, "type is a number: a string"),
        (#"{"type":["key"]}"#, "type is an array: a string"),
        ("[]", "the message is an array: an object"),
        ("7", "the message is a number: an object"),
        (#""key""#, "the message is a string: an object"),
        ("null", "the message is null: an object"),
        ("true", "the message is true: an object"),
        (#"[{"type":"key","code":"KeyA","down":true}]"#, "the message is an array: an object"),

        (#"{"type":"key","down":true}"#, "code is missing: a string"),
        (#"{"type":"key","code":"KeyA"}"#, "down is missing: true or false"),
        (key("65"), "code is a number: a string"),
        (key("{}"), "code is an object: a string"),
        (key("\"\""), "code has a length of 0: 1 to 64"),
        (key("\"" + String(repeating: "é", count: 33) + "\""), "code has a length of 66: 1 to 64"),
        (key(#""KeyA""#, "1"), "down is a number: true or false"),
        (key(#""KeyA""#, #""true""#), "down is a string: true or false"),
        (key(#""KeyA""#, "null"), "down is null: true or false"),

        (mouse("1e999"), "x is not a finite number: \(range)"),
        (mouse("-1e999"), "x is not a finite number: \(range)"),
        (mouse("1e308"), "x is 1e+308: \(range)"),
        (mouse("65537"), "x is 65537: \(range)"),
        (mouse("-65536.5"), "x is -65536.5: \(range)"),
        (mouse(#""1""#), "x is a string: a number, \(range)"),
        (mouse("true"), "x is true: a number, \(range)"),
        (mouse("null"), "x is null: a number, \(range)"),
        (mouse("[0]"), "x is an array: a number, \(range)"),
        (#"{"type":"mouse","y":0,"buttons":0,"wheel":0}"#, "x is missing: a number, \(range)"),
        (#"{"type":"mouse","x":0,"y":0,"wheel":0}"#, "buttons is missing: a number, 0 to 65535"),
        (#"{"type":"mouse","x":0,"y":0,"buttons":0}"#, "wheel is missing: a number, \(range)"),
        (#"{"type":"mouse","x":0,"y":0,"buttons":-1,"wheel":0}"#, "buttons is -1: 0 to 65535"),
        (#"{"type":"mouse","x":0,"y":0,"buttons":65536,"wheel":0}"#, "buttons is 65536: 0 to 65535"),
        (#"{"type":"mouse","x":0,"y":0,"buttons":0.5,"wheel":0}"#, "buttons is 0.5: a whole number, 0 to 65535"),
        (#"{"type":"mouse","x":0,"y":0,"buttons":[1],"wheel":0}"#, "buttons is an array: a number, 0 to 65535"),
        (#"{"type":"mouse","x":0,"y":0,"buttons":0,"wheel":1e999}"#, "wheel is not a finite number: \(range)"),

        (pad(index: "-1"), "index is -1: 0 to 15"),
        (pad(index: "16"), "index is 16: 0 to 15"),
        (pad(index: "1.5"), "index is 1.5: a whole number, 0 to 15"),
        (pad(index: "18446744073709551616"), "index is 1.8446744073709552e+19: 0 to 15"),
        (pad(index: "1e999"), "index is not a finite number: 0 to 15"),
        (pad(axes: list(17)), "axes has a length of 17: 0 to 16"),
        (pad(axes: list(2000)), "axes has a length of 2000: 0 to 16"),
        (pad(axes: "{}"), "axes is an object: an array of at most 16 numbers"),
        (pad(axes: "null"), "axes is null: an array of at most 16 numbers"),
        (pad(axes: "[0,null]"), "axes[1] is null: a number"),
        (pad(axes: "[0,0,[0]]"), "axes[2] is an array: a number"),
        (pad(axes: "[0,-1e999]"), "axes[1] is not a finite number: -1 to 1"),
        (pad(buttons: list(33)), "buttons has a length of 33: 0 to 32"),
        (pad(buttons: "[0,1.5]"), "buttons[1] is 1.5: 0 to 1"),
        (pad(buttons: "[-0.001]"), "buttons[0] is -0.001: 0 to 1"),
        (pad(buttons: "[true]"), "buttons[0] is true: a number"),
        (pad(buttons: #"[0,{"pressed":true,"value":1}]"#), "buttons[1] is an object: a number"),
        (pad(buttons: #"["1"]"#), "buttons[0] is a string: a number"),
        (#"{"type":"gamepad","axes":[],"buttons":[]}"#, "index is missing: a number, 0 to 15"),
        (#"{"type":"gamepad","index":0,"buttons":[]}"#, "axes is missing: an array of at most 16 numbers"),
        (#"{"type":"gamepad","index":0,"axes":[]}"#, "buttons is missing: an array of at most 32 numbers"),
    ]

    static let texts: [[UInt8]] =
        [
            "", " ", "\n", "{", "}", "{]", #"{"type"}"#, #"{"type":"key""#, #"{"type":"key",}"#, #"{'type':'key'}"#,
            #"{type:"key"}"#, "nul", "key", mouse("NaN"), mouse("Infinity"), mouse("-"), mouse("01"), mouse("+1"),
            mouse("1."), mouse(".5"), mouse("1e"), mouse("0x10"), mouse(""), key(#""\ud800""#), key(#""\x""#),
            key("\"a\nb\""), key(#""KeyA""#) + key(#""KeyA""#), key(#""KeyA""#) + "x",
            key("\"" + String(repeating: "\u{301}", count: 31) + "\""), "/**/" + key(#""KeyA""#),
            pad(axes: "[0,,0]"), pad(axes: "[0"), pad(axes: "[0,]"), "\0" + key(#""KeyA""#), key(#""Key\#0A""#),
            String(repeating: "[", count: 4096), String(repeating: #"{"a":"#, count: 800),
            #"{"a":"# + String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000) + "}",
        ].map { Array($0.utf8) } + [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], Array(#"{"type":""#.utf8) + [0xFF] + Array(#""}"#.utf8),
            Array(key("\"").utf8) + [0xC3],
            Array(key(#""KeyA""#).utf16.flatMap { [UInt8(truncatingIfNeeded: $0), 0] }),
            [0xFE, 0xFF] + Array(key(#""KeyA""#).utf16.flatMap { [0, UInt8(truncatingIfNeeded: $0)] }),
        ]
}
