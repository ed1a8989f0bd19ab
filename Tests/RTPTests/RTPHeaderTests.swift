import RTP
import Testing

@Suite("The header of an RTP packet")
struct RTPHeaderTests {
    /// RFC 3550 §5.1, with two contributing sources, an extension of one word and three bytes of
    /// padding.
    private static let full: [UInt8] =
        [0xB2, 0xE0, 0x12, 0x34, 0, 0, 0x10, 0, 0xDE, 0xAD, 0xBE, 0xEF]
        + [0, 0, 0, 1, 0, 0, 0, 2] + [0xBE, 0xDE, 0, 1, 0x10, 0xFF, 0x00, 0x00] + [7, 8, 9] + [0, 0, 3]

    @Test("has each of its fields where the RFC says")
    func fields() throws {
        let header = try RTPHeader(parsing: Self.full)
        #expect(header.marker && header.payloadType == 96 && header.sequenceNumber == 0x1234)
        #expect(header.timestamp == 0x1000 && header.ssrc == 0xDEAD_BEEF)
        #expect((0..<header.csrcCount).map { header.csrc($0, in: Self.full) } == [1, 2])
        #expect(header.extensionForm == .oneByte && header.extensions == 24..<28)
        #expect(header.payload == 28..<31 && header.paddingCount == 3)
        #expect(header.rangeOfExtension(1, in: Self.full) == 25..<26)
        #expect(header.rangeOfExtension(2, in: Self.full) == nil)
    }

    @Test("is refused where the packet ends before it does, with a word about where")
    func truncation() throws {
        for count in 0..<28 {
            let error = #expect(throws: RTPError.self) { try RTPHeader(parsing: Array(Self.full.prefix(count))) }
            #expect(error?.description.isEmpty == false)
        }
        #expect(throws: RTPError.version(1)) { try RTPHeader(parsing: ([0x40] + Self.full.dropFirst())) }
    }

    @Test("has padding of one byte up to all that is behind it, and of no other length")
    func padding() throws {
        for count in UInt8.min ... .max {
            for rest in [0, 1, 3, 254, 255, 256] {
                let fixed: [UInt8] = [0xA0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
                let packet = rest == 0 ? fixed : fixed + [UInt8](repeating: 1, count: rest - 1) + [count]
                if rest > 0, count > 0, Int(count) <= rest {
                    let header = try RTPHeader(parsing: packet)
                    #expect(header.payload == 12..<12 + rest - Int(count) && header.paddingCount == Int(count))
                } else {
                    #expect(throws: RTPError.self) { try RTPHeader(parsing: packet) }
                }
            }
        }
    }
}

@Suite("The elements of a header extension")
struct HeaderExtensionTests {
    private static func elements(_ profile: [UInt8], _ words: [UInt8]) throws -> [RTPExtensionElement] {
        let count = UInt8(words.count / 4)
        let fixed: [UInt8] = [0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
        return try RTPPacket(parsing: (fixed + profile + [0, count] + words)).extensions
    }

    @Test("are those of RFC 8285's figures, in both forms")
    func figures() throws {
        // §4.2: three elements, of 1, 2 and 4 bytes, with padding between and behind.
        let one = try Self.elements([0xBE, 0xDE], [0x10, 1, 0x21, 2, 3, 0, 0, 0x33, 4, 5, 6, 7])
        #expect(one == [.init(id: 1, value: [1]), .init(id: 2, value: [2, 3]), .init(id: 3, value: [4, 5, 6, 7])])
        // §4.3: an empty one, one of a byte, padding, and one of four.
        let two = try Self.elements([0x10, 0], [1, 0, 2, 1, 9, 0, 3, 4, 1, 2, 3, 4])
        #expect(two == [.init(id: 1, value: []), .init(id: 2, value: [9]), .init(id: 3, value: [1, 2, 3, 4])])
    }

    @Test("end at an id of 15, at 0 with a length, and where one goes beyond the extension")
    func ends() throws {
        let first = RTPExtensionElement(id: 1, value: [7])
        for rest in [[0xF0, 1], [0x03, 1], [0x2F, 1]] as [[UInt8]] {
            #expect(try Self.elements([0xBE, 0xDE], [0x10, 7] + rest) == [first])
        }
        #expect(try Self.elements([0x10, 0x0F], [1, 1, 7, 2]) == [first], "the id stands without a length")
        #expect(try Self.elements([0x10, 0], [1, 1, 7, 0, 5, 200, 0, 0]) == [first])
        #expect(try Self.elements([0x10, 0x10], [1, 1, 7, 0]).isEmpty, "another profile is not read")
    }

    @Test("are written in the shorter form that can hold them, and read as they were")
    func forms() throws {
        for (elements, form) in [
            ([], RTPHeader.ExtensionForm.none), ([.init(id: 14, value: [UInt8](repeating: 1, count: 16))], .oneByte),
            ([.init(id: 15, value: [1])], .twoByte), ([.init(id: 1, value: [])], .twoByte),
            ([.init(id: 1, value: [1]), .init(id: 255, value: [UInt8](repeating: 2, count: 255))], .twoByte),
        ] as [([RTPExtensionElement], RTPHeader.ExtensionForm)] {
            let packet = RTPPacket(
                payloadType: 96, sequenceNumber: 1, timestamp: 2, ssrc: 3, extensions: elements, payload: [5])
            let bytes = try packet.encoded()
            #expect(try RTPHeader(parsing: bytes).extensionForm == form)
            #expect(try RTPPacket(parsing: bytes) == packet)
        }
    }

    @Test("have values that are read as they were written")
    func values() {
        func check<Value: RTPExtensionValue>(_ value: Value, _ bytes: [UInt8]) {
            #expect(value.bytes == bytes)
            #expect(Value(bytes) == value)
        }
        check(MediaID("video"), Array("video".utf8))
        check(StreamID("hi"), Array("hi".utf8))
        check(RepairedStreamID("hi"), Array("hi".utf8))
        check(AudioLevel(decibelsBelowFull: 30, isVoice: true), [0x9E])
        check(ContributorLevels([0, 127, 5]), [0, 127, 5])
        check(AbsoluteSendTime(ntpTime: 0x0000_0001_8000_0000), [0x06, 0, 0])
        check(AbsoluteCaptureTime(captureTime: 1 << 32), [0, 0, 0, 1, 0, 0, 0, 0])
        check(
            AbsoluteCaptureTime(captureTime: 1, clockOffset: -1),
            [0, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 255, count: 8))
        check(TransportSequenceNumber(0x1234), [0x12, 0x34])
        check(VideoOrientation(rotation: 270, isFlipped: true, isBackCamera: true), [0x0F])
        check(PlayoutDelay(minimum: 0x123, maximum: 0xFFF), [0x12, 0x3F, 0xFF])
    }

    @Test("of another length, or that are no text, have no value")
    func badValues() {
        #expect(MediaID([]) == nil)
        #expect(MediaID([0, 0]) == nil)
        #expect(MediaID([0xFF]) == nil)
        #expect(MediaID([0x31, 0])?.text == "1", "padding with zeros is not of the text")
        #expect(AudioLevel([]) == nil)
        #expect(AbsoluteSendTime([1, 2]) == nil)
        #expect(TransportSequenceNumber([1] as [UInt8]) == nil)
        #expect(VideoOrientation([1, 2]) == nil)
        #expect(AbsoluteCaptureTime([UInt8](repeating: 0, count: 9)) == nil)
        #expect(PlayoutDelay([1]) == nil)
    }
}
