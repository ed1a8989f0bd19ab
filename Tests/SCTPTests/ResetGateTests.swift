import Synchronization
import TestSupport
import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("Reset gate, ledger and pace")
    struct ResetGateTests {
        private let header: [UInt8] = [0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4, 0, 0, 0, 0]

        private func sack(_ tsn: UInt32) -> [UInt8] {
            header + [3, 0, 0, 16] + bytes(tsn) + [0, 0, 1, 0, 0, 0, 0, 0]
        }

        private func reset(_ tsn: UInt32) -> [UInt8] {
            [130, 0, 0, 22, 0, 13, 0, 18] + bytes(1) + bytes(1) + bytes(tsn) + [0, 7, 0, 0]
        }

        private func bytes(_ value: UInt32) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
        }

        @Test(
            "a reset that is due passes; an early one waits for our SACK", arguments: [100, UInt32.max - 1, UInt32.max])
        func early(_ tsn: UInt32) {
            var gate = ResetGate()
            gate.sent(sack(tsn).span)
            #expect(gate.admit((header + reset(tsn)).span) == .whole)
            #expect(gate.admit((header + reset(tsn &+ 2)).span) == .rest([]))
            #expect(gate.isHolding && gate.release() == nil)
            gate.sent(sack(tsn &+ 1).span)
            #expect(gate.release() == nil)
            gate.sent(sack(tsn &+ 2).span)
            #expect(gate.release() == header + reset(tsn &+ 2))
            #expect(!gate.isHolding && gate.release() == nil)
        }

        @Test("what comes with an early reset is not held")
        func bundled() {
            var gate = ResetGate()
            gate.sent(sack(5).span)
            let other: [UInt8] = [11, 0, 0, 4]
            #expect(gate.admit((header + other + reset(9) + other).span) == .rest(header + other + other))
        }

        @Test("an answer to a request of ours does not wait with the peer's own request")
        func answer() {
            let answer: [UInt8] = [0, 16, 0, 12] + bytes(4) + bytes(1)
            let request = Array(reset(9).dropFirst(4))
            for (parameters, length) in [(answer + request, UInt8(34)), (request + answer, 36)] {
                var gate = ResetGate()
                gate.sent(sack(5).span)
                let rest = header + [130, 0, 0, 16] + answer
                #expect(gate.admit((header + [130, 0, 0, length] + parameters).span) == .rest(rest))
                gate.sent(sack(9).span)
                #expect(gate.release() == header + reset(9))
            }
        }

        @Test("a SACK that a timer has made, and that leaves behind a newer one, takes nothing back")
        func overtaken() {
            var gate = ResetGate()
            gate.sent(sack(9).span)
            gate.sent(sack(7).span)
            #expect(gate.admit((header + reset(9)).span) == .whole)
            gate.sent(sack(11).span)
            #expect(gate.cumulative == 11)
        }

        @Test("a request that is repeated once it is due does not come to usrsctp a second time")
        func repeated() {
            var gate = ResetGate()
            gate.sent(sack(5).span)
            #expect(gate.admit((header + reset(9)).span) == .rest([]))
            gate.sent(sack(9).span)
            #expect(gate.admit((header + reset(9)).span) == .whole)
            #expect(!gate.isHolding && gate.release() == nil)
        }

        @Test("a peer that has sent nothing may reset at once; INIT says where it begins")
        func beginning() {
            var gate = ResetGate()
            #expect(gate.admit((header + reset(7)).span) == .whole)
            _ = gate.admit((header + [1, 0, 0, 20] + bytes(1) + bytes(2) + bytes(3) + bytes(100)).span)
            #expect(gate.admit((header + reset(99)).span) == .whole)
            #expect(gate.admit((header + reset(100)).span) == .rest([]))
        }

        @Test(
            "where INIT says that the peer begins is only assumed until we have acknowledged something, and nothing of later ones"
        )
        func assumed() {
            var gate = ResetGate()
            let ahead = header + [1, 0, 0, 20] + bytes(1) + bytes(2) + bytes(3) + bytes(100)
            _ = gate.admit(ahead.span)
            gate.sent(sack(5).span)
            #expect(gate.admit((header + reset(9)).span) == .rest([]))
            _ = gate.admit(ahead.span, isConnecting: false)
            #expect(gate.cumulative == 5)
        }

        @Test("anything may be in a packet")
        func malformed() {
            var generator = SeededGenerator(seed: 7)
            var gate = ResetGate()
            for _ in 0..<20_000 {
                var packet = header + reset(.random(in: 0...20, using: &generator)) + sack(3)
                for _ in 0..<Int.random(in: 1...6, using: &generator) {
                    packet[Int.random(in: packet.indices, using: &generator)] = .random(
                        in: .min ... .max, using: &generator)
                }
                let cut = Array(packet.prefix(Int.random(in: 0...packet.count, using: &generator)))
                if case .rest(let rest) = gate.admit(cut.span) {
                    #expect(rest.count < cut.count)
                }
                gate.sent(cut.span)
                _ = gate.release()
            }
        }

        @Test("the ledger is full after 16384 messages and empties with the bytes")
        func ledger() {
            var ledger = SendLedger()
            for _ in 0..<16_384 {
                #expect(!ledger.isFull)
                ledger.queued(messageEnd: true, byteCount: 10)
            }
            #expect(ledger.isFull)
            ledger.settle(waiting: 163_840)
            #expect(ledger.isFull)
            ledger.settle(waiting: 163_840 - 10_240)
            #expect(!ledger.isFull)
            ledger.settle(waiting: .max)
            ledger.settle(waiting: -1)
            #expect(!ledger.isFull)
        }

        @Test("many packets make SACKs rare, few make them frequent again")
        func pace() {
            var pace = AcknowledgementPace()
            var changes: [UInt32] = []
            func run(_ packets: Int, from: UInt64, to: UInt64) {
                for packet in 0..<packets {
                    let time = from + (to - from) * UInt64(packet) / UInt64(packets)
                    if let change = pace.received(at: .milliseconds(time)) { changes.append(change) }
                }
            }
            run(100, from: 1000, to: 2000)
            #expect(changes.isEmpty && pace.frequency == 2)
            run(10_000, from: 2000, to: 3000)
            #expect(changes == [8])
            run(5_000, from: 3000, to: 4000)
            #expect(changes == [8], "somewhat fewer change nothing")
            run(100, from: 4000, to: 5000)
            #expect(changes == [8, 2])
        }

        @Test("a mailbox keeps so many packets, none of them once it is closed, and wakes once for all")
        func mailbox() {
            let wakes = Mutex(0)
            let mailbox = Mailbox(id: 1) { wakes.withLock { $0 += 1 } }
            for number in 0..<300 {
                mailbox.push([UInt8(number & 255)])
                mailbox.signal()
            }
            #expect(mailbox.hasSignal && wakes.withLock { $0 } == 1)
            #expect(mailbox.take().count == 256)
            #expect(!mailbox.hasSignal && mailbox.take().isEmpty)
            mailbox.push([1])
            mailbox.close()
            mailbox.push([2])
            #expect(mailbox.take().isEmpty)
        }

        @Test("notifications parse, and cut or random ones are nothing")
        func notifications() {
            let up: [UInt8] = [1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 4, 0, 2, 0, 0, 0, 0, 1]
            #expect(SCTPNotification(up.span) == .connected(outboundStreams: 1024, inboundStreams: 512))
            let incoming: [UInt8] = [9, 0, 1, 0, 16, 0, 0, 0, 0, 0, 0, 0, 3, 0, 4, 1]
            #expect(SCTPNotification(incoming.span) == .incomingReset([3, 260]))
            let refused: [UInt8] = [9, 0, 6, 0, 14, 0, 0, 0, 0, 0, 0, 0, 3, 0]
            #expect(SCTPNotification(refused.span) == .outgoingResetRefused([3]))
            for count in 0..<8 {
                #expect(SCTPNotification(Array(up.prefix(count)).span) == .other)
            }
            var generator = SeededGenerator(seed: 1)
            for _ in 0..<5000 {
                var random = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    UInt8.random(in: .min ... .max, using: &generator)
                }
                if !random.isEmpty { random[0] = .random(in: 0...16, using: &generator) }
                if random.count > 1 { random[1] = 0 }
                if case .incomingReset(let streams) = SCTPNotification(random.span) {
                    #expect(streams.count <= random.count / 2)
                }
            }
        }
    }
}
