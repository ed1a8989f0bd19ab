import SDP
import Testing

@Suite("Malformed session descriptions")
struct SDPErrorTests {
    struct Malformed: Sendable, CustomTestStringConvertible {
        let text: String
        let line: Int
        let type: Character?
        let expected: String
        var testDescription: String { "line \(line): \(text.suffix(50).debugDescription)" }

        init(_ text: String, _ line: Int, _ type: Character?, _ expected: String) {
            (self.text, self.line, self.type, self.expected) = (text, line, type, expected)
        }
    }

    private static let head = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"

    static let frame: [Malformed] = [
        .init("", 1, nil, "v=0"), .init("\r\n\r\n", 1, nil, "v=0"), .init("hello", 1, nil, "letter"),
        .init("v=0", 2, nil, "o="), .init("o=- 1 2 IN IP4 ::\n", 1, "o", "v=0"), .init("v=0\ns=-\n", 2, "s", "o="),
        .init("v=0\no=- 1 2 IN IP4 ::\n", 3, nil, "s="), .init("v=0\no=- 1 2 IN IP4 ::\nt=0 0\n", 3, "t", "s="),
        .init("v=0\no=- 1 2 IN IP4\n", 2, "o", "user"), .init("v=0\no=\n", 2, "o", "user"),
        .init("v=0\n\n\no=-\n", 4, "o", "user"), .init("\u{FEFF}v=0\r\n", 1, nil, "letter"),
        .init(head + "a\r\n", 5, nil, "letter"), .init(head + "=x\r\n", 5, nil, "letter"),
        .init(head + " a=x\r\n", 5, nil, "letter"), .init(head + "ab=x\r\n", 5, nil, "letter"),
        .init(head + "\u{E9}=x\r\n", 5, nil, "letter"), .init(head + "a=x\ry\r\n", 5, "a", "NUL"),
        .init(head + "a=x\0\r\n", 5, "a", "NUL"),
    ]

    static let lines: [Malformed] = [
        .init(head + "m=\r\n", 5, "m", "media"), .init(head + "m=audio 9\r\n", 5, "m", "media"),
        .init(head + "m=audio 9 RTP/AVP\r\n", 5, "m", "format"),
        .init(head + "m=audio 65536 RTP/AVP 0\r\n", 5, "m", "port"),
        .init(head + "m=audio -9 RTP/AVP 0\r\n", 5, "m", "port"),
        .init(head + "m=audio x RTP/AVP 0\r\n", 5, "m", "port"),
        .init(head + "m=audio /2 RTP/AVP 0\r\n", 5, "m", "port"),
        .init(head + "m=audio 9/ RTP/AVP 0\r\n", 5, "m", "number of ports"),
        .init(head + "m=audio 9/0 RTP/AVP 0\r\n", 5, "m", "number of ports"),
        .init(head + "m=audio 9/4294967296 RTP/AVP 0\r\n", 5, "m", "number of ports"),
    ]

    @Test("the error names the line, its type and what was expected", arguments: frame + lines)
    func place(malformed: Malformed) throws {
        let error = try #require(throws: SDPError.self) { try SDPDocument(parsing: malformed.text) }
        #expect(error.code == .syntax)
        #expect(error.line == malformed.line)
        #expect(error.lineType == malformed.type)
        #expect(error.expected.contains(malformed.expected), "\(error)")
    }

    @Test("what was found is cut to 40 characters without controls")
    func found() throws {
        let text = Self.head + "m=audio 9" + String(repeating: "\u{1B}\u{7}\u{9F}é", count: 50) + " x y\r\n"
        let error = try #require(throws: SDPError.self) { try SDPDocument(parsing: text) }
        #expect(error.found.count == 40)
        #expect(error.found.hasPrefix("9???é???é"))
        #expect(error.found.hasSuffix("…"))
        #expect(error.description.hasPrefix("SDP line 5 (m=): expected a port of 0 to 65535, found \"9???"))
    }

    @Test("a text that is JSON, or was encoded twice, is told so, and what is no part of the text is not quoted")
    func guesses() throws {
        func message(_ text: String, _ limits: SDPLimits = SDPLimits()) throws -> String {
            try #require(throws: SDPError.self) { try SDPDocument(parsing: text, limits: limits) }.description
        }
        let twice = try message((Self.head + "m=audio 9 RTP/AVP 0\r\n").replacing("\r\n", with: #"\r\n"#))
        #expect(twice.hasPrefix("SDP line 2: expected o=") && twice.contains("as JSON once only"))
        #expect(twice.contains("found the end of the text; its lines end"))
        let line = #"{"type":"offer","sdp":"v=0\r\n"}"#
        #expect(try message(line).hasSuffix(#"decode it, and hand over the value of its "sdp""#))
        #expect(try message(#""v=0\r\no=-\r\n""#).hasSuffix("a string in JSON: decode it"))
        #expect(try message("v=0").hasSuffix("found the end of the text"))
        #expect(try message(Self.head, SDPLimits(bytes: 4)).hasSuffix("found more"))
        #expect(try message(Self.head + #"s\n"#).hasSuffix(#"found "s\n""#), "it has line ends")
    }

    @Test("text beyond the limits is refused as such")
    func limits() throws {
        let small = SDPLimits(bytes: 400, lines: 8, mediaDescriptions: 2)
        let media = "m=audio 9 RTP/AVP 0\r\n"
        let accepted = Self.head + media + media + "a=x\r\na=x\r\n"
        _ = try SDPDocument(parsing: accepted, limits: small)
        let tooManySections = Self.head + media + media + media
        let refused = [(accepted + "a=x\r\n", 9), (tooManySections, 7), (String(repeating: "v", count: 401), 1)]
        for (text, line) in refused {
            let error = try #require(throws: SDPError.self) { try SDPDocument(parsing: text, limits: small) }
            #expect(error.code == .limit)
            #expect(error.line == line)
        }
        let huge = Self.head + String(repeating: "a=x\r\n", count: 300_000)
        #expect(try #require(throws: SDPError.self) { try SDPDocument(parsing: huge) }.code == .limit)
        for extreme in [Int.min, -1, 0, Int.max] {
            let limits = SDPLimits(bytes: extreme, lines: extreme, mediaDescriptions: extreme)
            let document = try? SDPDocument(parsing: accepted, limits: limits)
            #expect((document != nil) == (extreme == Int.max))
        }
    }
}
