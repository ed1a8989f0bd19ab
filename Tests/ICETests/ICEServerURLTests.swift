import TestSupport
import Testing
import TransportTypes

@testable import ICE

@Suite("STUN and TURN URLs")
struct ICEServerURLTests {
    @Test(
        "a well-formed URL is read with its defaults",
        arguments: [
            ("stun:example.org", "example.org", 3478, "stun:example.org:3478"),
            ("STUN:example.org:1", "example.org", 1, "stun:example.org:1"),
            ("stuns:example.org", "example.org", 5349, "stuns:example.org:5349"),
            ("turn:192.0.2.1:65535", "192.0.2.1", 65535, "turn:192.0.2.1:65535?transport=udp"),
            ("turn:[2001:db8::1]?transport=tcp", "2001:db8::1", 3478, "turn:[2001:db8::1]:3478?transport=tcp"),
            ("turn:[::1]:99?transport=UDP", "::1", 99, "turn:[::1]:99?transport=udp"),
            ("turns:a-b_c.example", "a-b_c.example", 5349, "turns:a-b_c.example:5349?transport=tcp"),
            ("turns:h?transport=udp", "h", 5349, "turns:h:5349?transport=udp"),
            ("turn:123", "123", 3478, "turn:123:3478?transport=udp"),
        ])
    func accepted(_ text: String, _ host: String, _ port: UInt16, _ printed: String) throws {
        let url = try ICEServerURL(parsing: text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.description == printed)
        #expect(try ICEServerURL(parsing: printed) == url)
    }

    static let malformed = [
        "", "stun", "stun:", ":", "relative-url", "http://example.org", "stun://example.org", "turn://example.org",
        "stun:user@example.org", "turn:user:pass@example.org", "stun:example.org/", "stun:example.org\\",
        "stun:example.org/path", "stun:example.org#f", "turn:example.org#", "stun:example.org?transport=udp",
        "stun:example.org?", "turn:example.org?", "turn:example.org?transport=", "turn:example.org?transport=sctp",
        "turn:example.org?x=udp", "turn:example.org?transport=udp&x=1", "turn:example.org?transport=udp?transport=udp",
        "stun:example.org:0", "stun:example.org:65536", "stun:example.org:99999", "stun:example.org:", "stun::3478",
        "stun:example.org:-1", "stun:example.org:+1", "stun:example.org: 1", "stun:::1", "stun:2001:db8::1",
        "stun:[2001:db8::1", "stun:[]", "stun:[192.0.2.1]", "stun:[::1]x", "stun:[::1]:", "stun:[fe80::1%eth0]",
        "stun:exa mple.org", " stun:example.org", "stun:example.org ", "stun:ex\u{0}ample", "stun:münchen.example",
    ]

    @Test("anything else is refused as a syntax error", arguments: malformed)
    func refused(_ text: String) {
        let error = #expect(throws: ICEError.self) { try ICEServerURL(parsing: text) }
        #expect(error?.code == .invalidServerURL)
    }

    @Test(
        "what is often mistaken is told by its name",
        arguments: [
            ("stun:stun:stun.example.org:19302", "names its scheme once, not 'stun:stun:'"),
            ("stun:stun:host", "names its scheme once"), ("turn:STUNS:host:1", "not 'turn:stuns:'"),
            ("turn:turn:host?transport=udp?transport=udp", "not 'turn:turn:'"),
            ("turn:host?transport=tcp?transport=udp", "has one query"),
            ("stun:hö.example", "'hö.example' in punycode"), ("turn:例え.example:1?transport=tcp", "punycode"),
            ("stun:user@host", "no '//', user, path or fragment"), ("stun:host:0", "a port from 1 to 65535"),
        ])
    func mistaken(_ text: String, _ hint: String) {
        let error = #expect(throws: ICEError.self) { try ICEServerURL(parsing: text) }
        #expect(error?.code == .invalidServerURL && error?.message.contains(hint) == true, "\(error)")
    }

    @Test("a host may have a scheme's name", arguments: ["stun:stun", "stun:stun:3478", "turn:turns:1?transport=tcp"])
    func hostNamedAsAScheme(_ text: String) throws {
        #expect(["stun", "turns"].contains(try ICEServerURL(parsing: text).host))
    }

    @Test("whatever a damaged URL parses as prints as the same URL")
    func damaged() {
        var generator = SeededGenerator(seed: 7065)
        var parsed = 0
        for _ in 0..<10_000 {
            var bytes = Array("turn:[2001:db8::1]:99?transport=tcp".utf8)
            if Bool.random(using: &generator) { bytes = Array("stun:stun.example.org:3478".utf8) }
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                    in: 32...126, using: &generator)
            }
            guard let url = try? ICEServerURL(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            parsed += 1
            #expect((try? ICEServerURL(parsing: url.description)) == url)
        }
        #expect(parsed > 100)
    }

    @Test("the syntax is judged before the credentials, and TURN needs both")
    func credentials() throws {
        func code(_ server: ICEServer) -> ICEError.Code? {
            do throws(ICEError) {
                _ = try server.validated()
                return nil
            } catch { return error.code }
        }
        #expect(code(.stun("example.org")) == nil)
        #expect(code(.turn("example.org", username: "", credential: "")) == nil)
        #expect(code(.turn("example.org", username: String(repeating: "u", count: 509), credential: "c")) == nil)
        #expect(
            code(.turn("example.org", username: String(repeating: "u", count: 510), credential: "c"))
                == .missingCredential)
        #expect(code(ICEServer(urls: [])) == .invalidServerURL)
        #expect(code(ICEServer(urls: ["turn:example.org"])) == .missingCredential)
        #expect(code(ICEServer(urls: ["turn:example.org"], username: "u")) == .missingCredential)
        #expect(code(ICEServer(urls: ["turns:example.org"], credential: "c")) == .missingCredential)
        #expect(code(ICEServer(urls: ["turn:example.org", ""])) == .invalidServerURL)
        #expect(try ICEServer(urls: ["stun:a", "stun:b"]).validated().map(\.host) == ["a", "b"])
        #expect(!"\(ICEServer.turn("a", username: "u", credential: "secret"))".contains("secret"))
    }
}
