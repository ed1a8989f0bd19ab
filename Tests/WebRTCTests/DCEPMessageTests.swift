import TestSupport
import Testing
import WebRTC

@Suite("DCEP")
struct DCEPMessageTests {
    @Test("DATA_CHANNEL_OPEN has the bytes of RFC 8832 §5.1")
    func openBytes() throws {
        let open = try DCEPMessage.Open(
            ordered: false, reliability: .lifetime(milliseconds: 0x0102_0304), priority: 512, label: "é", protocol: "xy"
        )
        let bytes: [UInt8] = [3, 0x82, 2, 0, 1, 2, 3, 4, 0, 2, 0, 2, 0xC3, 0xA9, 0x78, 0x79]
        #expect(DCEPMessage.open(open).serialized() == bytes)
        #expect(try DCEPMessage(parsing: bytes) == .open(open))
        #expect(DCEPMessage.ack.serialized() == [2])
        #expect(try DCEPMessage(parsing: [2]) == .ack)
        #expect(try DCEPMessage(parsing: [2, 0, 0, 0]) == .ack, "pion's")
    }

    @Test(
        "the channel type tells order and reliability",
        arguments: [(UInt8(0), true), (0x80, false), (1, true), (0x81, false), (2, true), (0x82, false)])
    func channelTypes(type: UInt8, ordered: Bool) throws {
        for parameter: UInt32 in [0, 65535, .max] {
            let reliability: DCEPMessage.Reliability =
                switch type & 3 {
                case 0: .reliable
                case 1: .retransmits(parameter)
                default: .lifetime(milliseconds: parameter)
                }
            let open = try DCEPMessage.Open(ordered: ordered, reliability: reliability, label: "")
            let bytes = DCEPMessage.open(open).serialized()
            #expect(bytes[1] == type)
            #expect(try DCEPMessage(parsing: bytes) == .open(open))
            #expect(open.maxRetransmits == (type & 3 == 1 ? UInt16(clamping: parameter) : nil))
            #expect(open.maxPacketLifeTime == (type & 3 == 2 ? UInt16(clamping: parameter) : nil))
        }
    }

    @Test("the parameter of a reliable channel is ignored")
    func ignoredParameter() throws {
        let message = try DCEPMessage(parsing: [3, 0, 1, 0, 9, 9, 9, 9, 0, 0, 0, 0])
        #expect(message == .open(try DCEPMessage.Open(label: "")))
        #expect(message.serialized() == [3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("labels and protocols of no and of 65535 bytes arrive, longer ones are refused")
    func lengths() throws {
        let ascii = String(repeating: "x", count: 65535), wide = String(repeating: "\u{20AC}", count: 21845)
        for (label, subprotocol) in [("", ""), (ascii, ""), ("", wide), (wide, ascii)] {
            let message = DCEPMessage.open(try DCEPMessage.Open(label: label, protocol: subprotocol))
            #expect(try DCEPMessage(parsing: message.serialized()) == message)
        }
        for (label, subprotocol) in [(ascii + "x", ""), ("", wide + "x")] {
            let error = try #require(throws: DCEPError.self) {
                try DCEPMessage.Open(label: label, protocol: subprotocol)
            }
            #expect(error.code == .length)
        }
    }

    @Test(
        "a message that is not DCEP is refused with the reason",
        arguments: [
            ([], .length), ([0], .messageType), ([1], .messageType), ([4, 0], .messageType), ([255], .messageType),
            ([3], .length), ([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .length),
            ([3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0], .length), ([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], .length),
            ([3, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 1], .length),
            ([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .length), ([3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .channelType),
            ([3, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .channelType),
            ([3, 0x83, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], .channelType),
            ([3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0xFF], .encoding),
            ([3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0xC3, 0xA9], .encoding),
            ([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0xED, 0xA0, 0x80], .encoding),
        ] as [([UInt8], DCEPError.Code)])
    func refusals(bytes: [UInt8], code: DCEPError.Code) throws {
        let error = try #require(throws: DCEPError.self) { try DCEPMessage(parsing: bytes) }
        #expect(error.code == code, "\(error)")
    }

    @Test("what is read of random bytes is written back as it was, but for the ignored parameter")
    func randomBytes() throws {
        var random = SeededGenerator(seed: 8832)
        var read = 0
        for _ in 0..<20_000 {
            let label = UInt8.random(in: 0...4, using: &random), subprotocol = UInt8.random(in: 0...4, using: &random)
            let types: [UInt8] = [0, 1, 2, 3, 0x80, 0x81, 0x82, 0x83, 0x7F]
            var bytes: [UInt8] = [3, types.randomElement(using: &random) ?? 0]
            bytes += (0..<6).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            bytes += [0, label, 0, subprotocol]
            bytes += (0..<(label + subprotocol)).map { _ in UInt8.random(in: 0...140, using: &random) }
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            case 1:
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
            default: break
            }
            guard let message = try? DCEPMessage(parsing: bytes) else { continue }
            read += 1
            if bytes.count >= 12, bytes[1] & 0x7F == 0 { bytes.replaceSubrange(4..<8, with: [0, 0, 0, 0]) }
            #expect(message.serialized() == (message == .ack ? [2] : bytes))
        }
        #expect(read > 1_000)
    }

    @Test("the payload protocol identifiers are those of RFC 8831 §8")
    func identifiers() {
        let expected: [UInt32: DataChannelPPID] = [
            50: .dcep, 51: .string, 52: .binaryPartial, 53: .binary, 54: .stringPartial, 56: .stringEmpty,
            57: .binaryEmpty,
        ]
        for number: UInt32 in 0...100 { #expect(DataChannelPPID(rawValue: number) == expected[number]) }
        #expect(DataChannelPPID.dcep.isText == nil)
        #expect(expected.values.filter { $0.isText == true }.count == 3)
        #expect(expected.values.filter(\.isEmpty).count == 2)
        #expect(expected.values.filter(\.isPartial).count == 2)
    }
}
