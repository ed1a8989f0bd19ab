@testable import SCTP

/// SCTP packets, as they are looked at before usrsctp sees them.
enum SCTPEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        var (arrivals, resets) = (ArrivalGuard(), ResetGate())
        let (isConnecting, mayBeRefused) = (input.flag(), input.flag())
        while !input.isEmpty {
            let operation = input.byte()
            let packet = SCTPChunks.packet(&input, header: Array(repeating: 0, count: 12))
            if operation & 3 == 0 { resets.sent(packet.span) }
            if operation & 3 == 1, let tsn = packet.span.uint32(at: 16) { arrivals.acknowledged(tsn) }
            read(packet.span)
            guard arrivals.admit(packet.span, isConnecting: isConnecting, mayBeRefused: mayBeRefused) == .pass else {
                continue
            }
            if let revised = ReconfigurationFilter.revise(packet.span) {
                try FuzzFinding.require(
                    ReconfigurationFilter.revise(revised.span).map { $0 == revised } ?? true,
                    "what was revised needs to be revised again")
            }
            switch resets.admit(packet.span, isConnecting: isConnecting) {
            case .whole: arrivals.passed(packet.span)
            case .rest(let rest): arrivals.passed(rest.span)
            }
            _ = resets.release()
        }
    }

    private static func read(_ packet: Span<UInt8>) {
        _ = (SCTPPacket.abort(in: packet), SCTPPacket.newestTSN(in: packet), SCTPPacket.acknowledgement(in: packet))
        _ = SCTPPacket.reconfigures(packet)
    }
}

/// Packets whose chunks have lengths that hold together, unless the input says otherwise: what is cut off at the first length is
/// soon known.
enum SCTPChunks {
    private static let types: [UInt8] = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 64, 130, 128, 132, 192, 193, 194,
    ]

    /// In network order.
    static func bytes(of number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    static func packet(_ input: inout FuzzInput, header: [UInt8]) -> [UInt8] {
        var packet = header
        for _ in 0..<1 + input.below(4) {
            let shape = input.byte()
            let type = shape & 1 == 0 ? input.choice(types) : input.byte()
            let flags = input.byte()
            let body = input.take(input.below(96))
            let length = shape & 0x0E == 0x0E ? input.number() : body.count + 4
            packet += [type, flags, UInt8(length >> 8), UInt8(length & 255)] + body
            packet += Array(repeating: 0, count: (4 - body.count % 4) % 4)
        }
        return packet
    }
}
