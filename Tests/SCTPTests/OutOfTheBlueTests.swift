import Testing

@testable import SCTP

/// A packet with these chunks, from port 5000 to port 6000.
private func packet(_ chunks: [UInt8]..., tag: [UInt8] = [1, 2, 3, 4]) -> [UInt8] {
    [0x13, 0x88, 0x17, 0x70] + tag + [0, 0, 0, 0] + chunks.joined()
}

private let data: [UInt8] = [0, 3, 0, 20, 0, 0, 0, 9, 0, 1, 0, 0, 0, 0, 0, 51, 1, 2, 3, 4]

extension SCTPTests {
    @Suite("Packets of an association that is over")
    struct OutOfTheBlueTests {
        private func answer(_ packet: [UInt8]) -> [UInt8]? { SCTPPacket.answer(outOfTheBlue: packet.span) }

        @Test("data is answered with an ABORT that reflects the tag, with a checksum that usrsctp computes, too")
        func reflected() throws {
            let abort = try #require(answer(packet(data)))
            #expect(Array(abort[0..<8]) == [0x17, 0x70, 0x13, 0x88, 1, 2, 3, 4])
            #expect(Array(abort[12...]) == [6, 1, 0, 4])
            #expect(abort == NativeSocket.withChecksum(abort))
        }

        @Test("an INIT is answered with an ABORT for the tag that it brings")
        func initiation() throws {
            let initiation: [UInt8] = [1, 0, 0, 20, 9, 8, 7, 6, 0, 0, 16, 0, 0, 1, 0, 1, 0, 0, 0, 1]
            let abort = try #require(answer(packet(initiation, tag: [0, 0, 0, 0])))
            #expect(Array(abort[4..<8]) == [9, 8, 7, 6] && Array(abort[12...]) == [6, 0, 0, 4])
        }

        @Test("a SHUTDOWN ACK is answered with a SHUTDOWN COMPLETE")
        func shutdown() throws {
            #expect(answer(packet([8, 0, 0, 4])).map { Array($0[12...]) } == [14, 1, 0, 4])
        }

        @Test(
            "what says that the peer knows is not answered, nor is what is no packet",
            arguments: [
                packet([6, 0, 0, 4]), packet(data, [6, 1, 0, 4]), packet([14, 1, 0, 4]), packet([11, 0, 0, 4]),
                packet([9, 0, 0, 4]), packet([1, 0, 0, 8, 1, 2, 3, 4]), packet(data, tag: [0, 0, 0, 0]), packet(),
                [1, 2, 3],
            ])
        func silence(_ packet: [UInt8]) { #expect(answer(packet) == nil) }
    }
}
