import NIOCore
import Testing

@testable import Signaling

@Suite("what waits for a socket")
struct OutboxTests {
    private func frame(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    private func drained(_ outbox: inout Outbox, list: String = "list") -> [String] {
        var texts: [String] = []
        while let (frame, _) = outbox.next(list: { ByteBuffer(string: list) }) {
            texts.append(String(buffer: frame))
        }
        return texts
    }

    @Test(
        "messages keep their order, lists that wait are one and the newest, control frames go first and are one a kind")
    func order() {
        var outbox = Outbox(messageLimit: 10, byteLimit: 100)
        #expect(outbox.append(frame("a"), besides: 0, bytes: 0) == true)
        for _ in 0..<50 { #expect(outbox.appendList(besides: 0) == true) }
        #expect(outbox.append(frame("b"), besides: 0, bytes: 0) == true)
        for text in ["pong 1", "pong 2"] { outbox.setPong(frame(text)) }
        outbox.setPing(frame("ping"))
        #expect(drained(&outbox, list: "newest") == ["pong 2", "ping", "a", "newest", "b"])
        #expect(outbox.appendList(besides: 0) == true)
        #expect(drained(&outbox) == ["list"])
        #expect(outbox.bytes == 0)
    }

    @Test("messages and bytes are bounded, what is being sent counts, and one message always fits")
    func limits() {
        var outbox = Outbox(messageLimit: 3, byteLimit: 10)
        #expect(outbox.append(frame("12345"), besides: 1, bytes: 2) == true)
        #expect(outbox.append(frame("6789"), besides: 1, bytes: 2) == false)
        #expect(outbox.append(frame("678"), besides: 1, bytes: 2) == true)
        #expect(outbox.append(frame(""), besides: 1, bytes: 2) == false)
        #expect(outbox.appendList(besides: 1) == false)
        #expect(outbox.appendList(besides: 0) == true)
        #expect(outbox.append(frame(""), besides: 0, bytes: 0) == false)
        #expect(outbox.bytes == 8)
        outbox.clear()
        #expect(outbox.bytes == 0)
        #expect(drained(&outbox).isEmpty)
        #expect(outbox.append(frame("longer than the limit"), besides: 0, bytes: 0) == true)
        #expect(outbox.append(frame("x"), besides: 0, bytes: 0) == false)
    }

    @Test("so many at once, then so many a second, and no more saved up than that")
    func rate() {
        var limit = RateLimit(burst: 2, perSecond: 1)
        func taken(_ count: Int, at seconds: Double) -> Int {
            (0..<count).count { _ in limit.take(now: .seconds(seconds)) }
        }
        let times = [100, 100.5, 101, 1000, 999]
        #expect(times.map { taken(5, at: $0) } == [2, 0, 1, 2, 0])
    }
}
