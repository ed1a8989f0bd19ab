import Testing
import TransportTypes

@testable import DTLS

@Suite("The gate before a handshake")
struct HandshakeGateTests {
    private func take(_ message: HandshakeMessage, _ gate: inout HandshakeGate) {
        let isTaken = gate.takeHandshake(message.record(number: 0).span, datagram: message.datagram, now: .zero)
        #expect(isTaken)
    }

    private func hello(_ number: UInt8) -> HandshakeMessage {
        let body = [0xFE, 0xFD] + [UInt8](repeating: number, count: 32) + [0, 0, 0, 4, 0xC0, 0x2B, 0xC0, 0x2F, 1, 0]
        return HandshakeMessage(kind: .clientHello, sequence: 0, body: body, datagram: Int(number))
    }

    @Test("of many hellos the most frequent comes first, and only so many are kept")
    func hellos() {
        var gate = HandshakeGate(role: .server)
        take(hello(1), &gate)
        take(hello(2), &gate)
        take(hello(2), &gate)
        #expect(gate.release(nil, now: .zero).first.map { Array($0.dropFirst(13)) } == hello(2).bytes)
        gate = HandshakeGate(role: .server)
        for number in 0..<100 as Range<UInt8> { take(hello(number), &gate) }
        var released = 0
        while !gate.release(nil, now: .zero).isEmpty {
            released += 1
            gate.beginAgain()
        }
        #expect(released == HandshakeGate.maximumHellos)
    }

    @Test("signatures are checked so many times and not more, until time has passed, and none of them twice")
    func checks() {
        var gate = HandshakeGate(role: .client)
        let certificate: [UInt8] = [0, 0, 7, 0, 0, 4, 1, 2, 3, 4]
        take(HandshakeMessage(kind: .certificate, sequence: 1, body: certificate, datagram: 0), &gate)
        take(HandshakeMessage(kind: .certificateRequest, sequence: 3, body: [0, 0, 0, 0], datagram: 0), &gate)
        take(HandshakeMessage(kind: .serverHelloDone, sequence: 4, body: [], datagram: 0), &gate)
        for number in 0..<8 as Range<UInt8> {
            let hello = [UInt8](repeating: number, count: 40)
            take(HandshakeMessage(kind: .serverHello, sequence: 0, body: hello, datagram: 0), &gate)
            let keys = [3, 0, 0, 1, number]
            take(HandshakeMessage(kind: .serverKeyExchange, sequence: 2, body: keys, datagram: 0), &gate)
        }
        #expect(gate.isWhole)
        #expect(gate.release({ _ in true }, now: .zero).isEmpty)
        #expect(gate.checksLeft == 0)
        #expect(gate.mismatches.count == HandshakeGate.maximumChecks)
        gate.lookAgain()
        #expect(gate.release({ _ in true }, now: .zero).isEmpty)
        #expect(gate.mismatches.count == 64 && gate.checksLeft == 2 * HandshakeGate.maximumChecks - 64)
    }

    @Test("records that wait for the end of the handshake are bounded in bytes, and the newest are kept")
    func waiting() {
        var waiting = WaitingRecords()
        for number in 0..<20 as Range<UInt8> { _ = waiting.append([UInt8](repeating: number, count: 10_000).span) }
        let kept = waiting.removeAll()
        #expect(kept.map { $0[0] } == [14, 15, 16, 17, 18, 19])
        #expect(kept.reduce(0) { $0 + $1.count } <= WaitingRecords.maximumBytes && waiting.isEmpty)
    }

    @Test("a record is as long as the standard allows, and not longer")
    func length() {
        func record(_ count: Int) -> [UInt8] {
            [23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 1, UInt8(count >> 8), UInt8(count & 255)]
                + [UInt8](repeating: 0, count: count)
        }
        for (count, isOne) in [(Record.maximumLength, true), (Record.maximumLength + 1, false)] {
            let bytes = record(count)
            let found = Record(in: bytes.span, at: 0) != nil
            #expect(found == isOne)
        }
    }
}
