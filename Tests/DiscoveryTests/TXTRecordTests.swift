import MulticastDNS
import TestSupport
import Testing

@testable import Discovery

@Suite("TXT record (RFC 6763 §6)")
struct TXTRecordTests {
    @Test("what is encoded decodes to the same")
    func roundTrip() throws {
        let entries = ["peer_id": "1E0F", "display_name": "Büro = 2. Stock", "empty": ""]
        let bytes = try TXTRecord.encode(entries)
        #expect(TXTRecord.decode(bytes.span) == entries)
    }

    @Test("an empty record is one empty string")
    func empty() throws {
        #expect(try TXTRecord.encode([:]) == [0])
        #expect(TXTRecord.decode([UInt8]([0]).span).isEmpty)
        #expect(TXTRecord.decode([UInt8]().span).isEmpty)
    }

    @Test("keys are compared without case and the first of two counts")
    func firstKeyCounts() {
        let bytes = string("Name=a") + string("NAME=b")
        #expect(TXTRecord.decode(bytes.span) == ["name": "a"])
    }

    @Test("entries without key, with a control byte in the key or a value that is not UTF-8 are left out")
    func unreadableEntries() {
        let bytes =
            string("=x") + [3, 0x07, 0x3D, 0x61] + [4, 0x61, 0x3D, 0xFF, 0xFE] + string("flag") + string("ok=1")
        #expect(TXTRecord.decode(bytes.span) == ["flag": "", "ok": "1"])
    }

    @Test("a string that runs over the end is ignored, those before it count")
    func truncated() {
        let bytes = string("ok=1") + [200, 0x61]
        #expect(TXTRecord.decode(bytes.span) == ["ok": "1"])
    }

    @Test(
        "what no record can hold is refused",
        arguments: [
            ["": "x"], ["a=b": "x"], ["ü": "x"], ["key": String(repeating: "x", count: 252)],
        ])
    func refused(entries: [String: String]) {
        #expect(throws: DiscoveryError.self) { try TXTRecord.encode(entries) }
    }

    @Test("random bytes never trap", arguments: 0..<20 as Range<UInt64>)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let count = Int.random(in: 0...300, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(TXTRecord.decode(bytes.span).count <= count)
        }
    }

    private func string(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
}
