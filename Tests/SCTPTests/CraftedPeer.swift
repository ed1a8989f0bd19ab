import SCTP
import Testing

/// A connected pair, with packets put before `a` as if `b` had sent them: with the right tag, ports
/// and numbers.
struct CraftedPeer {
    let pair: TestPair
    /// Of a packet of `b`.
    let header: [UInt8]
    /// The TSN of the first DATA of `b`, and the number of its first request (RFC 6525 §4.1).
    let first: UInt32

    init(_ configuration: SCTPConfiguration = .init()) throws {
        pair = try TestPair(seed: 1, configuration, configuration)
        try pair.a.association?.connect()
        try pair.b.association?.connect()
        let (ours, theirs) = (try #require(pair.a.outbox.first), try #require(pair.b.outbox.first))
        try pair.run(until: { [pair] in pair.a.isConnected && pair.b.isConnected })
        header = theirs[0..<4] + ours[16..<20] + [0, 0, 0, 0]
        first = Self.word(theirs, at: 28)
    }

    /// Puts a packet of these chunks before `a`; what `a` says to it.
    @discardableResult
    func give(_ chunks: [UInt8]...) -> [[UInt8]] {
        pair.a.outbox = []
        let packet = Checksum.fix(header + chunks.flatMap { $0 + Array(repeating: 0, count: (4 - $0.count % 4) % 4) })
        pair.a.association?.receive(packet.span)
        return pair.a.outbox
    }

    /// DATA (RFC 9260 §3.3.1): `tsn` counts from the first one, `flags` are U, B and E, of which
    /// the last two say "whole".
    static func data(
        tsn: UInt32, stream: UInt16 = 0, ssn: UInt16 = 0, flags: UInt8 = 3, _ payload: [UInt8] = [7]
    ) -> [UInt8] {
        let body = bytes(tsn) + bytes(UInt32(stream) << 16 | UInt32(ssn)) + bytes(53) + payload
        return [0, flags] + half(body.count + 4) + body
    }

    /// RE-CONFIG with these parameters.
    static func reconfiguration(_ parameters: [UInt8]...) -> [UInt8] {
        let body = parameters.flatMap { $0 + Array(repeating: 0, count: (4 - $0.count % 4) % 4) }
        return [130, 0] + half(body.count + 4) + body
    }

    /// A parameter of a RE-CONFIG.
    static func parameter(_ type: UInt8, _ words: UInt32..., list: [UInt16] = []) -> [UInt8] {
        let body = words.flatMap(bytes) + list.flatMap { half(Int($0)) }
        return [0, type] + half(body.count + 4) + body
    }

    /// The results in the RE-CONFIG chunks of these packets, by the number of the request.
    static func results(_ packets: [[UInt8]]) -> [UInt32: UInt32] {
        var found: [UInt32: UInt32] = [:]
        for packet in packets {
            for offset in stride(from: 12, to: packet.count - 11, by: 4)
            where packet[offset...].starts(with: [0, 16, 0, 12]) {
                found[word(packet, at: offset + 4)] = word(packet, at: offset + 8)
            }
        }
        return found
    }

    static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
    }

    static func half(_ value: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
    }

    static func word(_ packet: [UInt8], at offset: Int) -> UInt32 {
        packet[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
