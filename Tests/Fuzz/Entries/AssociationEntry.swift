import SCTP

/// Two associations, one of which is given packets as if the other had made them: with the right tag and checksum.
enum AssociationEntry {
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let (a, b) = (try SCTPEnd(), try SCTPEnd())
        defer {
            a.association.close()
            b.association.close()
            tick(a, b, 20)
        }
        try a.association.connect()
        try b.association.connect()
        guard let ours = a.outbox.first, let theirs = b.outbox.first else { throw FuzzFinding("no INIT") }
        if input.flag() { exchange(a, b) }
        let header = Array(theirs[0..<4]) + Array(ours[16..<20]) + [0, 0, 0, 0]
        let first = theirs[28..<32].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        var steps = 0
        var seen: [[UInt8]] = []
        while !input.isEmpty, steps < 100 {
            steps += 1
            switch input.below(8) {
            case 0: exchange(a, b)
            case 1: tick(a, b, 1 + input.below(100))
            case 2: try? send(input.take(input.number() % 4096), input.below(8), input.byte(), on: b)
            case 3: a.association.resetOutgoing(streams: [UInt16(input.below(8))])
            case 4:
                seen += b.outbox
                b.outbox = []
            case 5 where !seen.isEmpty:
                a.receive(SCTPChecksum.fix(input.mutate(seen[input.below(seen.count)], from: 12)))
            default:
                var packet = SCTPChunks.packet(&input, header: header)
                // Most numbers mean something only near those in use.
                if input.flag(), packet.count >= 20 {
                    let near = first &+ UInt32(input.below(16))
                    packet.replaceSubrange(16..<20, with: SCTPChunks.bytes(of: near))
                }
                a.receive(SCTPChecksum.fix(packet))
            }
        }
        exchange(a, b)
    }

    private static func send(_ bytes: [UInt8], _ stream: Int, _ shape: UInt8, on end: SCTPEnd) throws {
        let limit: SCTPReliability.Limit = shape & 2 == 0 ? .none : .maxRetransmits(UInt16(shape >> 6))
        _ = try end.association.send(
            bytes.span, stream: UInt16(stream), ppid: 53,
            reliability: SCTPReliability(ordered: shape & 1 == 0, limit: limit), isLast: true)
    }

    private static func tick(_ a: SCTPEnd, _ b: SCTPEnd, _ turns: Int) {
        for _ in 0..<turns {
            _ = SCTPRuntime.tick(elapsed: .milliseconds(10))
            a.association.process()
            b.association.process()
            exchange(a, b)
        }
    }

    /// Ends by itself: no two ends answer each other for ever, but a bound costs nothing.
    private static func exchange(_ a: SCTPEnd, _ b: SCTPEnd) {
        for _ in 0..<100 where !a.outbox.isEmpty || !b.outbox.isEmpty {
            for packet in a.takeOutbox() { b.receive(packet) }
            for packet in b.takeOutbox() { a.receive(packet) }
        }
    }
}

/// An association whose output is collected.
private final class SCTPEnd: SCTPAssociationDelegate {
    var outbox: [[UInt8]] = []
    private var made: SCTPAssociation?

    init() throws {
        made = try SCTPAssociation(wake: {}, delegate: self)
    }

    var association: SCTPAssociation {
        guard let made else { preconditionFailure("an association is made in init") }
        return made
    }

    func takeOutbox() -> [[UInt8]] {
        defer { outbox = [] }
        return outbox
    }

    func receive(_ packet: [UInt8]) { association.receive(packet.span) }

    func sctpAssociation(_ association: SCTPAssociation, didProduce packet: Span<UInt8>) {
        outbox.append(packet.indices.map { packet[$0] })
    }

    func sctpAssociation(_ association: SCTPAssociation, didProduceProbe packet: Span<UInt8>) {}
    func sctpAssociation(_ association: SCTPAssociation, didReceive bytes: Span<UInt8>, part: SCTPMessagePart) {}
    func sctpAssociation(_ association: SCTPAssociation, didAbandonMessageOf stream: UInt16) {}
    func sctpAssociation(_ association: SCTPAssociation, didChange state: SCTPState, error: SCTPError?) {}
    func sctpAssociation(_ association: SCTPAssociation, didResetIncoming streams: [UInt16]) {}
    func sctpAssociation(_ association: SCTPAssociation, didResetOutgoing streams: [UInt16]) {}
    func sctpAssociationIsWritable(_ association: SCTPAssociation) {}
}

/// CRC32c (RFC 9260 §6.8), so that what is made up gets past the first check.
private enum SCTPChecksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
    }

    static func fix(_ original: [UInt8]) -> [UInt8] {
        guard original.count >= 12 else { return original }
        var packet = original
        packet.replaceSubrange(8..<12, with: [0, 0, 0, 0])
        let value = ~packet.reduce(UInt32.max) { ($0 >> 8) ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
        packet.replaceSubrange(8..<12, with: (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) })
        return packet
    }
}
