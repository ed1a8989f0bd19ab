import Foundation
import TestSupport
import Testing

@testable import Signaling

@Suite("JSON of the server")
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

    @Test("deep nesting ends with an error")
    func depth() {
        #expect(throws: JSONReader.Failure.self) { try JSONReader.read([UInt8](repeating: 0x5B, count: 60000)) }
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
