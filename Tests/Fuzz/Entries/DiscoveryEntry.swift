import MulticastDNS

@testable import Discovery

/// What comes from the link: answers to multicast queries, and TXT records.
enum DiscoveryEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        guard input.flag() else {
            for record in MDNSMessage.addressRecords(in: input.rest()) {
                try FuzzFinding.require([4, 16].contains(record.address.count), "an address of another length")
            }
            return
        }
        let entries = TXTRecord.decode(input.rest().span)
        guard let written = try? TXTRecord.encode(entries) else { return }
        try FuzzFinding.require(TXTRecord.decode(written.span) == entries, "what was written reads as something else")
    }
}
