import TestSupport
import Testing

@testable import MulticastDNS

@Suite("multicast DNS message")
struct MDNSMessageTests {
    /// A response to `a.local` A and AAAA, names compressed, built by hand from RFC 1035 §4.
    static let response: [UInt8] =
        [0x12, 0x34, 0x84, 0x00, 0, 1, 0, 2, 0, 0, 0, 1]
        + [1, 0x41, 5, 0x6C, 0x6F, 0x63, 0x61, 0x6C, 0, 0, 1, 0, 1]  // question A.local
        + [0xC0, 0x0C, 0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4, 192, 0, 2, 7]
        + [0xC0, 0x0C, 0, 28, 0x80, 1, 0, 0, 0, 120, 0, 16] + [0xFE, 0x80] + [UInt8](repeating: 0, count: 13) + [9]
        + [1, 0x62, 0xC0, 0x0E, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 10, 0, 0, 1]  // b.local, taken back

    @Test("a query asks for both families with the QU bit set")
    func query() {
        #expect(
            MDNSMessage.addressQuery(for: "a.local", id: 0x0102) == [
                1, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0x61, 5, 0x6C, 0x6F, 0x63, 0x61, 0x6C, 0, 0, 1, 0x80, 1, 0xC0,
                0x0C,
                0, 28, 0x80, 1,
            ])
    }

    @Test("the addresses of a response are read through its compressed names")
    func readsResponse() {
        let records = MDNSMessage.addressRecords(in: Self.response)
        #expect(records.map(\.name) == ["a.local", "a.local", "b.local"])
        #expect(records.map(\.timeToLive) == [120, 120, 0])
        #expect(records.first?.address == [192, 0, 2, 7])
        #expect(records.dropFirst().first?.address.count == 16)
    }

    @Test("a query, an error response and a cut header give nothing")
    func notAResponse() {
        var query = Self.response
        query[2] = 0
        #expect(MDNSMessage.addressRecords(in: query).isEmpty)
        var failure = Self.response
        failure[3] = 3
        #expect(MDNSMessage.addressRecords(in: failure).isEmpty)
        #expect(MDNSMessage.addressRecords(in: Array(Self.response.prefix(11))).isEmpty)
    }

    @Test("records before the place where a message breaks off count")
    func cut() {
        #expect(MDNSMessage.addressRecords(in: Array(Self.response.prefix(45))).count == 1)
    }

    @Test("compression pointers that lead in a circle or forward end the reading")
    func pointerLoops() {
        let header: [UInt8] = [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0]
        for name in [[0xC0, 0x0C], [0xC0, 0x0E, 0xC0, 0x0C], [1, 0x61, 0xC0, 0x0C], [0xC0], [0x40, 1]] as [[UInt8]] {
            let message = header + name + [0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4]
            #expect(MDNSMessage.addressRecords(in: message).isEmpty)
        }
    }

    @Test("damaged responses never trap", arguments: 0..<20 as Range<UInt64>)
    func damaged(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var message = Self.response
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let index = Int.random(in: 0..<message.count, using: &generator)
                message[index] = UInt8.random(in: 0...255, using: &generator)
            }
            message = Array(message.prefix(Int.random(in: 0...message.count, using: &generator)))
            for record in MDNSMessage.addressRecords(in: message) {
                #expect([4, 16].contains(record.address.count) && record.name.utf8.count <= 3 * 255)
            }
        }
    }
}
