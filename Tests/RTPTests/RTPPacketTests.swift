import RTP
import TestSupport
import Testing

@Suite("An RTP packet")
struct RTPPacketTests {
    @Test("is read as it was written, whatever is in it")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let packet = Self.random(using: &random)
            #expect(try RTPPacket(parsing: packet.encoded()) == packet)
        }
    }

    @Test("is not written with a field beyond its range, and nothing is appended")
    func ranges() {
        let fine = RTPPacket(payloadType: 127, sequenceNumber: 0, timestamp: 0, ssrc: 0)
        for change in [
            { $0.payloadType = 128 }, { $0.csrcs = [UInt32](repeating: 1, count: 16) },
            { $0.extensions = [.init(id: 0, value: [1])] },
            { $0.extensions = [.init(id: 1, value: [UInt8](repeating: 1, count: 256))] },
        ] as [(inout RTPPacket) -> Void] {
            var packet = fine
            change(&packet)
            var bytes: [UInt8] = [1]
            #expect(throws: RTPError.self) { try packet.encode(into: &bytes) }
            #expect(bytes == [1])
        }
    }

    @Test("of any bytes is a packet or an error, and what is read fits what was given")
    func anything() {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !bytes.isEmpty, Bool.random(using: &random) { bytes[0] = bytes[0] & 0x3F | 0x80 }
            let span = bytes.span
            guard let header = try? RTPHeader(parsing: span) else { continue }
            #expect(header.payload.upperBound + header.paddingCount == bytes.count)
            var elements = RTPHeader.Elements(header)
            while let element = elements.next(in: span) {
                #expect(element.value.lowerBound >= header.extensions.lowerBound)
                #expect(element.value.upperBound <= header.extensions.upperBound)
            }
        }
    }

    static func random(using random: inout SeededGenerator) -> RTPPacket {
        func number<Number: FixedWidthInteger>(_ range: ClosedRange<Number>) -> Number {
            Number.random(in: range, using: &random)
        }
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in number(0...255) } }
        let isLong = number(0...1) == 1
        return RTPPacket(
            payloadType: number(0...127), sequenceNumber: number(0...UInt16.max), timestamp: number(0...UInt32.max),
            ssrc: number(0...UInt32.max), marker: number(0...1) == 1,
            csrcs: (0..<number(0...15)).map { _ in number(0...UInt32.max) },
            extensions: (0..<number(0...5)).map { _ in
                RTPExtensionElement(
                    id: number(1...(isLong ? 255 : 14)), value: bytes(isLong ? number(0...255) : number(1...16)))
            },
            payload: bytes(number(0...1200)), paddingCount: number(0...1) == 1 ? number(0...255) : 0)
    }
}
