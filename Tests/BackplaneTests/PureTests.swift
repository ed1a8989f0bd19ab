import NIOCore
import Signaling
import Testing

@testable import Backplane

@Suite("replies, frames, URLs and waits")
struct PureTests {
    private func replies(_ chunks: [String], byteLimit: Int = 1 << 20, elementLimit: Int = 100) throws -> [RedisReply] {
        let reader = RedisReader(byteLimit: byteLimit, elementLimit: elementLimit)
        var replies: [RedisReply] = []
        for chunk in chunks {
            let bytes = Array(chunk.utf8)
            try reader.read(bytes.span) { reply in
                replies.append(reply)
                return true
            }
        }
        return replies
    }

    private static let all =
        "+OK\r\n-ERR no\r\n:-42\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n*3\r\n$1\r\nx\r\n*1\r\n:7\r\n*0\r\n"
    private static let read: [RedisReply] = [
        .text(Array("OK".utf8)), .error("ERR no"), .integer(-42), .text(Array("a\r\n".utf8)), .null, .null,
        .array([.text([0x78]), .array([.integer(7)]), .array([])]),
    ]

    @Test("replies of all kinds are read, in one piece and byte by byte")
    func kinds() throws {
        #expect(try replies([Self.all]) == Self.read)
        #expect(try replies(Self.all.unicodeScalars.map { String($0) }) == Self.read)
    }

    @Test(
        "what is too much is refused before it comes",
        arguments: [
            "$1048577\r\n", "$1073741824\r\n", "$9223372036854775807\r\n", "$18446744073709551616\r\n", "*101\r\n",
            "*2147483647\r\n", "*2147483648\r\n", "*50\r\n*51\r\n",
            "*2\r\n*50\r\n" + String(repeating: ":1\r\n", count: 50) + "*49\r\n",
        ])
    func bounds(text: String) {
        #expect(throws: RedisRefusal.self) { try replies([text]) }
        #expect(throws: RedisRefusal.self) { try replies(text.unicodeScalars.map { String($0) }) }
    }

    @Test(
        "what is no RESP2 is refused",
        arguments: [
            "x", "\r\n\r\n", "$-2\r\n", "*-2\r\n", ":a\r\n", "*1\r\n>1\r\n", String(repeating: "*1\r\n", count: 12),
        ])
    func malformed(text: String) {
        #expect(throws: RedisRefusal.self) { try replies([text]) }
    }

    @Test("the limits are of one reply, and not of a connection")
    func many() throws {
        let one = "*2\r\n$1000\r\n" + String(repeating: "x", count: 1000) + "\r\n:1\r\n"
        let count = try replies(
            [String](repeating: String(repeating: one, count: 100), count: 20), byteLimit: 4096, elementLimit: 2
        ).count
        #expect(count == 2000)
        #expect(throws: RedisRefusal.self) { try replies(one.unicodeScalars.map { String($0) }, byteLimit: 999) }
    }

    @Test("any bytes are read or refused, from a seed", arguments: 0..<200 as Range<UInt64>)
    func anything(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next() -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state >> 33)
        }
        let parts = ["*", "$", ":", "+", "-", "\r\n", "1", "2", "0", "-1", "a", "message", "99999999", "\r", "\n"]
        let chunks = (0..<50).map { _ in (0..<next() % 8).map { _ in parts[next() % parts.count] }.joined() }
        _ = try? replies(chunks)
    }

    @Test("a frame has its sender and its bytes, and nothing else is one")
    func frames() {
        for frame in [
            RedisFrame(.message, from: "anna", [0, 13, 10, 255]), RedisFrame(.probe, from: "b", []),
            RedisFrame(.message, from: String(repeating: "n", count: 128), [UInt8](repeating: 1, count: 5000)),
        ] {
            var buffer = ByteBuffer()
            frame.write(to: &buffer)
            #expect(buffer.readableBytes == frame.count)
            #expect(RedisFrame(parsing: Array(buffer.readableBytesView)) == frame)
        }
        for bytes in [
            [], [1], [1, 1, 1], [1, 1, 0, 65], [2, 1, 1, 65], [1, 2, 1, 65], [1, 1, 2, 65], [1, 1, 1, 255],
        ] as [[UInt8]] {
            #expect(RedisFrame(parsing: bytes) == nil)
        }
    }

    @Test("a URL has host, port, user and password; what is behind them is ignored")
    func urls() throws {
        let full = try RedisURL("rediss://rtc:p%40ss%3aword@redis.example:6380/2?x=y")
        #expect(full.isSecure && full.endpoint == RedisEndpoint(host: "redis.example", port: 6380))
        #expect(full.credentials == RedisCredentials(username: "rtc", password: "p@ss:word"))
        let plain = try RedisURL("redis://[::1]")
        #expect(!plain.isSecure && plain.endpoint == RedisEndpoint(host: "::1") && plain.credentials == nil)
        #expect(try RedisURL("redis://:x@h").credentials == RedisCredentials(username: nil, password: "x"))
    }

    @Test(
        "a URL that is none is refused, and its password is not said",
        arguments: [
            "", "http://h", "redis:h", "redis://", "redis://:geheim@", "redis://h:0", "redis://h:65536", "redis://h:x",
            "redis://geheim@h", "redis://a:geheim%4@h", "redis://a:%ff@h", "redis://a:@h", "redis://[::1",
            "redis://[::1]x",
            "redis://h h", "redis://a:geheim@h:port",
        ])
    func noURLs(text: String) {
        #expect {
            try RedisConfiguration(url: text)
        } throws: { error in
            guard let error = error as? SignalingError else { return false }
            return error.code == .invalidConfiguration && !error.message.contains("geheim")
        }
    }

    @Test("waits double from 100 ms to 2 s, half of them random, and begin anew")
    func waits() {
        var generator = SystemRandomNumberGenerator()
        var pace = RedisPace()
        for step in [100, 200, 400, 800, 1600, 2000, 2000, 2000] {
            let wait = pace.next(using: &generator)
            #expect((.milliseconds(step / 2) ... .milliseconds(step)).contains(wait))
        }
        for _ in 0..<100 { #expect(pace.next(using: &generator) <= .seconds(2)) }
        pace.reset()
        #expect(pace.next(using: &generator) <= .milliseconds(100))
    }

    @Test("what waits is bounded in messages and bytes, and in neither while it is closed")
    func outbox() {
        let outbox = RedisOutbox(countLimit: 3, byteLimit: 100)
        let ten = ByteBuffer(repeating: 0, count: 10)
        #expect(outbox.append(ten, saying: 3) == .refused)
        outbox.open()
        #expect(
            outbox.append(ByteBuffer(repeating: 0, count: 1000), saying: 1) == .addedFirst, "the first may be any size")
        #expect(outbox.append(ten, saying: 3) == .refused)
        #expect(outbox.takeAll().count == 1)
        #expect(outbox.append(ten, saying: 3) == .refused, "it is not answered yet")
        #expect(outbox.answered() == [0])
        #expect(outbox.append(ten, saying: 3) == .addedFirst)
        #expect(outbox.append(ten, saying: 3) == .added)
        #expect(outbox.append(ten, saying: 3) == .added)
        #expect(outbox.append(ten, saying: 3) == .refused)
        #expect(outbox.takeAll().count == 3 && outbox.append(ten, saying: 3) == .refused)
        #expect(outbox.answered() == [0, 0, 0])
        #expect(outbox.append(ten, saying: 2) == .addedFirst)
        #expect(outbox.close() == [[0, 0, 0], [0, 0, 0], [0, 0]], "what was not answered, in order")
        #expect(outbox.answered() == nil)
        #expect(outbox.takeAll().isEmpty)
        #expect(outbox.append(ten, saying: 3) == .refused)
    }

    @Test("answers mean what was asked, in order")
    func dialogue() {
        var dialogue = RedisDialogue(secrets: ["geheim"])
        dialogue.ask(.authentication)
        dialogue.ask(.role)
        dialogue.ask(.subscription("c"))
        #expect(dialogue.take(.text(Array("OK".utf8))) == .answer(.authentication))
        #expect(dialogue.take(.array([.text(Array("master".utf8)), .integer(0), .array([])])) == .answer(.role))
        let said = RedisReply.array([.text(Array("message".utf8)), .text([0x63]), .text([1, 2])])
        #expect(dialogue.take(said) == .message(channel: "c", [1, 2]))
        let done = RedisReply.array([.text(Array("subscribe".utf8)), .text([0x63]), .integer(1)])
        #expect(dialogue.take(done) == .answer(.subscription("c")))
        dialogue.ask(.publication(9))
        #expect(dialogue.take(.error("ERR geheim")) == .failure("Redis says: ERR ***"))
        guard case .failure = dialogue.take(.integer(1)) else {
            Issue.record("nobody asked")
            return
        }
    }
}
