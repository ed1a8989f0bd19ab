import TransportTypes

@testable import DTLS

/// Plain records before there are keys: what is put together of them, and what of that is kept.
enum HandshakeGateEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        var gate = HandshakeGate(role: input.flag() ? .client : .server)
        var now = Duration.zero
        var datagram = 0
        while !input.isEmpty {
            let operation = input.byte()
            now += .milliseconds(5 * Int(operation >> 4))
            datagram += 1
            switch operation & 7 {
            case 0: gate.noteSent(input.take(input.number() % 2048).span)
            case 1: _ = gate.keepEarly(input.take(input.number() % 1024).span)
            case 2: _ = gate.takeChangeCipherSpec()
            case 3: gate.beginAgain()
            case 4: for record in gate.releaseDoubtful() { try check(record) }
            case 5: gate.lookAgain()
            case 6: take(record(of: message(&input)), &gate, datagram, now)
            default: take(input.take(input.number() % 2048), &gate, datagram, now)
            }
            for _ in 0..<8 {
                let records = gate.release({ $0.first == 0x30 }, now: now)
                for record in records where record[1...2] == [0xFE, 0xFD] { try check(record) }
                if records.isEmpty { break }
            }
            try FuzzFinding.require(
                gate.earlyCount <= HandshakeGate.maximumEarly
                    && gate.candidates.count <= HandshakeGate.maximumCandidates,
                "more waits than may")
        }
    }

    private static func take(_ bytes: [UInt8], _ gate: inout HandshakeGate, _ datagram: Int, _ now: Duration) {
        var offset = 0
        while let record = Record(in: bytes.span, at: offset) {
            offset = record.range.upperBound
            guard record.type == .handshake else { continue }
            _ = gate.takeHandshake(bytes.span.extracting(record.range), datagram: datagram, now: now)
        }
    }

    /// What OpenSSL is given is one whole record, as long as it says.
    private static func check(_ record: [UInt8]) throws(FuzzFinding) {
        try FuzzFinding.require(
            Record(in: record.span, at: 0)?.range == 0..<record.count, "a record of ours that is not well-formed")
    }

    /// A fragment of a message, with a header that holds together unless the input says otherwise.
    private static func message(_ input: inout FuzzInput) -> [UInt8] {
        let kinds: [UInt8] = [1, 2, 3, 11, 12, 13, 14, 15, 16, 20]
        let kind = input.choice(kinds)
        let sequence = input.below(8)
        let length = input.number() % 4096
        let start = input.below(max(1, length))
        let body = input.take(min(length - start, input.number() % 1400))
        func three(_ value: Int) -> [UInt8] { [UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255)] }
        return [kind] + three(length) + [0, UInt8(sequence)] + three(start) + three(body.count) + body
    }

    private static func record(of fragment: [UInt8]) -> [UInt8] {
        [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(fragment.count >> 8), UInt8(fragment.count & 255)] + fragment
    }
}
