import Foundation
import StrictJSON
import TestSupport
import Testing

@Suite("JSON of strangers")
struct JSONReaderTests {
    @Test(
        "values are read and written as they were",
        arguments: [
            "null", "true", "[]", "{}", "[1,-0,0.5,1e9,12345678901234567890,-1.25E-3]",
            "{\"a\":{\"b\":[\"x\",null]},\"c\":\"\"}",
            "\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001ü\u{1F600}\"",
        ])
    func roundTrip(text: String) throws {
        #expect(String(decoding: try JSONReader.read(Array(text.utf8)).bytes, as: UTF8.self) == text)
    }

    @Test("escapes and surrogate pairs are read")
    func escapes() throws {
        let text = #""\u00fc\ud83d\ude00\/\b\f""#
        #expect(try JSONReader.read(Array(text.utf8)) == .string("ü\u{1F600}/\u{8}\u{C}"))
    }

    @Test("of two members with one name the last counts")
    func duplicates() throws {
        #expect(try JSONReader.read(Array("{\"a\":1,\"a\":2}".utf8)) == .object(["a": .number("2")]))
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "nul", "tru", "01", "1.", ".5", "1e", "+1", "-",
            "\"", "\"\\x\"",
            "\"\\u12\"", "\"\\ud800\"", "\"\\ude00\"", "\"\\ud800\\u0041\"", "\"\n\"", "1 2", "[1 2]", "'a'", "NaN",
            "\u{FEFF}1",
        ])
    func refused(text: String) {
        #expect(throws: JSONReader.Failure.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test("bytes that are not UTF-8 are refused")
    func invalidUTF8() {
        #expect(throws: JSONReader.Failure.self) { try JSONReader.read([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONReader.Failure.self) { try JSONReader.read([0xFF]) }
    }

    /// Comparing one of 64 KiB takes a quarter of a second, and so does looking it up.
    @Test(
        "text that is dear to compare is refused: as a name, as a value, and with escapes",
        arguments: ["{\"a#\":1}", "{\"type\":\"#\"}", "[[\"ü#\"]]"], ["\u{301}\u{323}", "\\u0301\\u0323"])
    func dearText(frame: String, marks: String) {
        let text = frame.replacing("#", with: String(repeating: marks, count: 16))
        #expect(throws: JSONReader.Failure.self) { try JSONReader.read(Array(text.utf8)) }
        let short = frame.replacing("#", with: String(repeating: marks, count: 15))
        #expect(throws: Never.self) { try JSONReader.read(Array(short.utf8)) }
    }

    @Test("long strings may be kept as they stand, and are the same then; those that could be dear or wrong are read")
    func longStrings() throws {
        let line = #"a=x\r\n\"\\\/\t\b\f"#
        let long = String(repeating: line, count: 40)
        for (text, isRaw) in [
            (long, true), (line, false), (long + "ü", false), (long + #"\u0041"#, false),
            (String(repeating: "x", count: 256), true), (String(repeating: "x", count: 255), false),
        ] {
            let json = Array(#"{"a":"\#(text)","b":[1]}"#.utf8)
            let (kept, read) = (try JSONReader.read(json, keepsLongStrings: true), try JSONReader.read(json))
            #expect(kept == read && kept.hashValue == read.hashValue && kept["a"]?.text == read["a"]?.text)
            if case .raw? = kept["a"] { #expect(isRaw) } else { #expect(!isRaw) }
            #expect(kept["a"]?.isString == true && kept["a"]?.kind == "a string")
            #expect(try JSONReader.read(kept.bytes) == read)
            if isRaw { #expect(kept.bytes == json, "as it came") }
            #expect(kept != .object(["a": .string("x"), "b": .array([.number("1")])]))
        }
        for wrong in [long + #"\x"#, long + "\n", long + #"\"#, long + #"\ud800"#] {
            for text in [#"{"a":"\#(wrong)"}"#, #"{"a":"\#(wrong)"#] {
                #expect(throws: JSONReader.Failure.self) {
                    try JSONReader.read(Array(text.utf8), keepsLongStrings: true)
                }
            }
        }
    }

    @Test("members with a longer name than is asked for are read and left out, whatever the name is made of")
    func longNames() throws {
        let marks = String(repeating: "\u{301}\u{323}", count: 500)
        for name in ["abcde", "abc\u{FC}", marks] {
            let text = Array(#"{"abcd":1,"\#(name)":[2]}"#.utf8)
            #expect(try JSONReader.read(text, longestName: 4) == .object(["abcd": .number("1")]))
        }
        for text in [#"{"abcde":[}"#, #"{"abcde" 1}"#, #"{"abcde\ud800":1}"#, #"{"abcde":"\#(marks)"}"#] {
            #expect(throws: JSONReader.Failure.self) { try JSONReader.read(Array(text.utf8), longestName: 4) }
        }
    }

    @Test("what is nested 64 deep is read, and no deeper")
    func depth() {
        func nested(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: UInt8(ascii: "["), count: depth) + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        }
        #expect(throws: Never.self) { try JSONReader.read(nested(64)) }
        #expect(throws: JSONReader.Failure.self) { try JSONReader.read(nested(65)) }
        #expect(throws: JSONReader.Failure.self) { try JSONReader.read([UInt8](repeating: 0x5B, count: 60000)) }
    }

    @Test(
        "it is said what is wrong, and at which byte",
        arguments: [
            ("", 0, "the text ends where a value should be"),
            (#"{"type":nothing}"#, 9, "no JSON value begins like this"),
            (#"{"a":1,}"#, 7, "a member's name should be here"), (#"["\ud800"]"#, 8, "half a surrogate pair"),
            ("[1] 2", 4, "something follows the value"),
        ])
    func failure(_ text: String, _ offset: Int, _ reason: String) {
        let failure = #expect(throws: JSONReader.Failure.self) { try JSONReader.read(Array(text.utf8)) }
        #expect(failure?.offset == offset && failure?.reason == reason)
    }

    @Test("a number is as large as it says, or infinite, and what is none has no value")
    func numbers() throws {
        let text = "[0,-1.5,1e2,1e-999,1e999,-1e999,\"1\",null]"
        guard case .array(let values) = try JSONReader.read(Array(text.utf8)) else { throw CancellationError() }
        #expect(values.map(\.double) == [0, -1.5, 100, 0, .infinity, -.infinity, nil, nil])
    }

    @Test(
        "damaged messages never trap, and what is accepted Foundation accepts too", arguments: 0..<20 as Range<UInt64>)
    func damaged(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let text =
            #"{"type":"ice","to_peer_id":"a\u00fc","candidate":{"candidate":"x","sdpMLineIndex":0.5e1,"n":[null,true]}}"#
        let alphabet = Array("{}[]\",:\\u0189.eE+-tfn \u{7F}".utf8)
        for _ in 0..<300 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] =
                    Bool.random(using: &generator)
                    ? alphabet.randomElement(using: &generator) ?? 0 : UInt8.random(in: 0...255, using: &generator)
            }
            guard let value = try? JSONReader.read(bytes) else { continue }
            #expect(throws: Never.self) {
                try JSONSerialization.jsonObject(with: Data(value.bytes), options: .fragmentsAllowed)
            }
            #expect(try JSONReader.read(value.bytes) == value)
        }
    }
}
