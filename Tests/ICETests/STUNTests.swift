import TestSupport
import Testing
import TransportTypes

@testable import ICE

/// What a server's bytes say; swift-testing's macros take no Span.
private func decode(_ bytes: [UInt8]) -> (id: STUNBinding.TransactionID, response: STUNBinding.Response)? {
    STUNBinding.decodeResponse(bytes.span)
}

extension STUNQuery {
    fileprivate mutating func receive(_ bytes: [UInt8]) -> STUNBinding.Response? { receive(bytes.span) }
}

@Suite("STUN Binding")
struct STUNTests {
    static let id = STUNBinding.TransactionID(high: 0xB7E7_A701, low: 0xBC34_D686_FA87_DFAE)

    /// RFC 5769 §2.2.
    static let ipv4Response: [UInt8] = [
        0x01, 0x01, 0x00, 0x3C, 0x21, 0x12, 0xA4, 0x42, 0xB7, 0xE7, 0xA7, 0x01, 0xBC, 0x34, 0xD6, 0x86, 0xFA, 0x87,
        0xDF,
        0xAE, 0x80, 0x22, 0x00, 0x0B, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6F, 0x72, 0x20, 0x00,
        0x20,
        0x00, 0x08, 0x00, 0x01, 0xA1, 0x47, 0xE1, 0x12, 0xA6, 0x43, 0x00, 0x08, 0x00, 0x14, 0x2B, 0x91, 0xF5, 0x99,
        0xFD,
        0x9E, 0x90, 0xC3, 0x8C, 0x74, 0x89, 0xF9, 0x2A, 0xF9, 0xBA, 0x53, 0xF0, 0x6B, 0xE7, 0xD7, 0x80, 0x28, 0x00,
        0x04,
        0xC0, 0x7D, 0x4C, 0x96,
    ]

    /// RFC 5769 §2.3.
    static let ipv6Response: [UInt8] = [
        0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xA4, 0x42, 0xB7, 0xE7, 0xA7, 0x01, 0xBC, 0x34, 0xD6, 0x86, 0xFA, 0x87,
        0xDF,
        0xAE, 0x80, 0x22, 0x00, 0x0B, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, 0x74, 0x6F, 0x72, 0x20, 0x00,
        0x20,
        0x00, 0x14, 0x00, 0x02, 0xA1, 0x47, 0x01, 0x13, 0xA9, 0xFA, 0xA5, 0xD3, 0xF1, 0x79, 0xBC, 0x25, 0xF4, 0xB5,
        0xBE,
        0xD2, 0xB9, 0xD9, 0x00, 0x08, 0x00, 0x14, 0xA3, 0x82, 0x95, 0x4E, 0x4B, 0xE6, 0x7B, 0xF1, 0x17, 0x84, 0xC9,
        0x7C,
        0x82, 0x92, 0xC2, 0x75, 0xBF, 0xE3, 0xED, 0x41, 0x80, 0x28, 0x00, 0x04, 0xC8, 0xFB, 0x0B, 0x4C,
    ]

    static func response(type: UInt16 = 0x0101, _ attributes: [UInt8]) -> [UInt8] {
        var bytes = STUNBinding.encodeRequest(id)
        bytes[0] = UInt8(type >> 8)
        bytes[1] = UInt8(type & 0xFF)
        bytes[2] = UInt8(attributes.count >> 8)
        bytes[3] = UInt8(attributes.count & 0xFF)
        return bytes + attributes
    }

    @Test("the sample responses of RFC 5769 give their mapped addresses")
    func samples() throws {
        let ipv4 = try #require(decode(Self.ipv4Response))
        #expect(ipv4.id == Self.id)
        #expect(ipv4.response == .mapped(try #require(TransportAddress("192.0.2.1", port: 32853))))
        let ipv6 = try #require(decode(Self.ipv6Response))
        #expect(
            ipv6.response
                == .mapped(try #require(TransportAddress("2001:db8:1234:5678:11:2233:4455:6677", port: 32853))))
    }

    @Test("a request is a header with the magic cookie and the transaction")
    func request() {
        #expect(
            STUNBinding.encodeRequest(Self.id) == [0, 1, 0, 0] + Self.ipv4Response[4..<20])
    }

    @Test("MAPPED-ADDRESS serves when there is no XOR-MAPPED-ADDRESS, and yields to it")
    func mappedAddress() throws {
        let plain: [UInt8] = [0, 1, 0, 8, 0, 1, 0x12, 0x34, 198, 51, 100, 7]
        let decoded = decode(Self.response(plain))
        #expect(decoded?.response == .mapped(try #require(TransportAddress("198.51.100.7", port: 0x1234))))
        let both = Self.response(plain + Self.ipv4Response[36..<48])
        #expect(
            decode(both)?.response
                == .mapped(try #require(TransportAddress("192.0.2.1", port: 32853))))
    }

    @Test("an error response gives its code and reason")
    func error() {
        let attribute: [UInt8] = [0, 9, 0, 8, 0, 0, 4, 20] + Array("full".utf8)
        #expect(
            decode(Self.response(type: 0x0111, attribute))?.response
                == .error(code: 420, reason: "full"))
    }

    @Test(
        "a malformed or useless response is dropped",
        arguments: [
            [], [1, 1], Array(ipv4Response.dropLast()), Array(ipv4Response.dropLast(4)), ipv4Response + [0, 0, 0, 0],
            response([]), response(type: 0x0111, []), STUNBinding.encodeRequest(id),
            response(type: 0x0101, [0, 9, 0, 4, 0, 0, 4, 0]),
            response([0, 0x20, 0, 4, 0, 1, 0, 0]), response([0, 0x20, 0, 8, 0, 2, 1, 1, 1, 1, 1, 1]),
            response([0, 0x20, 0, 0xFF, 0, 1, 0, 0]), response([0x7F, 0xFF, 0, 0] + ipv4Response[36..<48]),
            response(type: 0x0111, [0, 9, 0, 4, 0, 0, 7, 0]), response(type: 0x0111, [0, 9, 0, 4, 0, 0, 4, 100]),
            response([0, 1, 0, 8, 0, 1, 0, 0, 1, 1, 1, 1]),
        ])
    func malformed(_ bytes: [UInt8]) {
        #expect(decode(bytes) == nil)
    }

    @Test("no damage to a response does more than change or void its meaning")
    func damaged() {
        var generator = SeededGenerator(seed: 5769)
        var dropped = 0
        for round in 0..<50_000 {
            var bytes = round.isMultiple(of: 2) ? Self.ipv4Response : Self.ipv6Response
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if round.isMultiple(of: 5) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator)) }
            guard let decoded = decode(bytes) else {
                dropped += 1
                continue
            }
            if case .mapped(let address) = decoded.response { #expect(address.port != 0) }
        }
        #expect(dropped > 10_000 && dropped < 50_000)
    }

    @Test("a query is sent at 0, 0.5 and 1.5 seconds and given up at 3.5")
    func retransmission() {
        let (start, second) = (Duration.microseconds(1), Duration.seconds(1))
        var query = STUNQuery(id: Self.id, start: start)
        let request = STUNBinding.encodeRequest(Self.id)
        #expect(query.next(now: .zero) == .wait(until: start))
        #expect(query.next(now: start) == .send(request))
        #expect(query.next(now: start) == .wait(until: start + second / 2))
        #expect(query.next(now: start + second / 2) == .send(request))
        #expect(query.next(now: start + second) == .wait(until: start + second * 3 / 2))
        #expect(query.next(now: start + second * 3 / 2) == .send(request))
        #expect(query.next(now: start + second * 2) == .wait(until: start + second * 7 / 2))
        #expect(query.next(now: start + second * 7 / 2) == .giveUp)
        #expect(query.next(now: .seconds(Int64.max)) == .done)
        #expect(query.receive(Self.ipv4Response) == nil)
    }

    @Test("only the answer to the query itself settles it, once")
    func answer() throws {
        var query = STUNQuery(id: Self.id, start: .zero)
        #expect(query.receive(Self.ipv4Response) == nil, "nothing was asked yet")
        _ = query.next(now: .zero)
        var foreign = Self.ipv4Response
        foreign[19] ^= 1
        #expect(query.receive(foreign) == nil)
        #expect(query.receive(Self.ipv4Response) != nil)
        #expect(query.receive(Self.ipv4Response) == nil)
        #expect(query.next(now: .seconds(Int64.max)) == .done)
    }

    @Test("addresses are read strictly and printed in the shortest form")
    func addresses() throws {
        #expect(try #require(IPAddress("2001:0DB8:0:0:0:0:0:1")).description == "2001:db8::1")
        #expect(try #require(TransportAddress("2001:db8::1", port: 5)).description == "[2001:db8::1]:5")
        for text in ["", "1.2.3", "1.2.3.256", "1.2.3.4.5", "::1%lo", "[::1]", "1.2.3.4\u{0}", "01.2.3.4", "x"] {
            #expect(IPAddress(text) == nil, "\(text)")
        }
        #expect(IPAddress(bytes: [1, 2, 3]) == nil)
        #expect(try #require(IPAddress("127.9.9.9")).isLoopback)
        #expect(try #require(IPAddress("::1")).isLoopback)
        #expect(try #require(IPAddress("fe80::1")).isIPv6LinkLocal)
        #expect(try #require(IPAddress("fd00::1")).isIPv6LinkLocal == false)
    }
}

@Suite("a TURN server's first messages")
struct AllocationReaderTests {
    /// A success response to Allocate for 192.0.2.7:50000, after another attribute with padding.
    private static let response: [UInt8] =
        [1, 3, 0, 20, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 7, count: 12) + [0x80, 0x22, 0, 3, 1, 2, 3, 0]
        + [0, 0x16, 0, 8, 0, 1, 0xC3 ^ 0x21, 0x50 ^ 0x12, 192 ^ 0x21, 0 ^ 0x12, 2 ^ 0xA4, 7 ^ 0x42]

    @Test("the allocated address is found behind other messages, however the stream is cut")
    func found() {
        let refusal: [UInt8] = [1, 0x13, 0, 4, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 0, count: 16)
        let channel: [UInt8] = [0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0]
        let stream = refusal + channel + Self.response
        for step in 1...stream.count {
            var reader = AllocationReader()
            var found: [TransportAddress] = []
            for start in stride(from: 0, to: stream.count, by: step) {
                if let address = reader.take(stream[start..<min(start + step, stream.count)]) { found.append(address) }
            }
            #expect(found == [TransportAddress("192.0.2.7", port: 50000)])
            #expect(reader.take(Self.response) == nil)
        }
    }

    @Test("what is cut off, of another kind, or endless gives no address and is not kept")
    func nothing() {
        for length in 0..<Self.response.count {
            var reader = AllocationReader()
            #expect(reader.take(Self.response[..<length]) == nil)
        }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            var bytes = Self.response
            for _ in 0..<4 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            var reader = AllocationReader()
            _ = reader.take(bytes)
        }
        var reader = AllocationReader()
        let endless: [UInt8] = [0, 1, 0xFF, 0xFF] + [UInt8](repeating: 0, count: AllocationReader.limit)
        #expect(reader.take(endless) == nil)
        // Its end comes all the same, and is not looked for any more.
        let rest = [UInt8](repeating: 0, count: 20 + 0xFFFF - endless.count)
        #expect(reader.take(rest + Self.response) == nil)
    }

    @Test("a queue that is never empty does not keep what has left it")
    func queue() {
        var queue = ByteQueue()
        queue.append([UInt8](repeating: 1, count: 1000))
        for _ in 0..<1000 {
            queue.append([UInt8](repeating: 2, count: 1000))
            queue.drain { _ in 1000 }
            #expect(queue.count == 1000)
        }
        #expect(queue.keptBytes <= ByteQueue.limit + 2000)
    }
}
