import Testing

/// A case of RFC 6455 §5 to §7: frames that one end sends, and what the other is to make of them. The same table is for
/// servers and clients, and for the reader alone.
struct FrameCase: Sendable, CustomTestStringConvertible {
    struct Frame: Sendable {
        var opcode: UInt8
        var payload: [UInt8] = []
        var isFinal = true
        var reserved: UInt8 = 0
        /// The length as it is announced, when that is not as it should be: so many bytes, this value.
        var length: (bytes: Int, value: UInt64)?
        var isMaskWrong = false

        /// The bytes of the frame, masked when a client sends it.
        func bytes(isMasked: Bool) -> [UInt8] {
            let isMasked = isMasked != isMaskWrong
            let count = payload.count
            let form: (bytes: Int, value: UInt64) = length ?? (count < 126 ? 0 : count < 65536 ? 2 : 8, UInt64(count))
            let short: UInt8 = form.bytes == 0 ? UInt8(form.value) : form.bytes == 2 ? 126 : 127
            let first: UInt8 = (isFinal ? 0x80 : 0) | reserved << 4 | opcode
            let second: UInt8 = (isMasked ? 0x80 : 0) | short
            var bytes: [UInt8] = [first, second]
            for index in 0..<form.bytes {
                bytes.append(UInt8(truncatingIfNeeded: form.value >> UInt64(8 * (form.bytes - 1 - index))))
            }
            guard isMasked else { return bytes + payload }
            let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
            return bytes + key + payload.enumerated().map { $1 ^ key[$0 & 3] }
        }
    }

    enum Outcome: Sendable, Equatable {
        case message([UInt8])
        case pong([UInt8])
        /// The connection is closed with this code.
        case close(UInt16?)
    }

    let name: String
    let frames: [Frame]
    let outcomes: [Outcome]

    var testDescription: String { name }

    /// Whether the connection goes on.
    var stays: Bool {
        if case .close? = outcomes.last { false } else { true }
    }

    private init(_ name: String, _ frames: [Frame], _ outcomes: Outcome...) {
        (self.name, self.frames, self.outcomes) = (name, frames, outcomes)
    }

    /// A message that servers and clients of the mesh act on: the server delivers it to its sender again.
    static let id = "0A0A0A0A-0000-4000-8000-00000000000A"

    static func message(_ text: String) -> [UInt8] {
        Array(#"{"from_peer_id":"\#(id)","sdp":"\#(text)","to_peer_id":"\#(id)","type":"offer"}"#.utf8)
    }

    /// A message of so many bytes in all.
    static func message(size: Int) -> [UInt8] {
        message(String(repeating: "*", count: size - message("").count))
    }

    private static func text(_ payload: [UInt8], isFinal: Bool = true) -> Frame {
        Frame(opcode: 1, payload: payload, isFinal: isFinal)
    }

    private static func more(_ payload: some Sequence<UInt8>, isFinal: Bool = true) -> Frame {
        Frame(opcode: 0, payload: Array(payload), isFinal: isFinal)
    }

    private static func ping(_ payload: [UInt8] = []) -> Frame { Frame(opcode: 9, payload: payload) }

    private static func close(_ code: UInt16, _ reason: [UInt8] = []) -> Frame {
        Frame(opcode: 8, payload: [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    /// The payload in fragments of a size.
    private static func cut(_ payload: [UInt8], every size: Int) -> [Frame] {
        stride(from: 0, to: payload.count, by: size).map { start in
            let end = min(start + size, payload.count)
            return Frame(
                opcode: start == 0 ? 1 : 0, payload: Array(payload[start..<end]), isFinal: end == payload.count)
        }
    }

    static let all: [FrameCase] = [
        framing, pingPong, reservedBits, opcodes, fragmentation, texts, closing, codes, sizes,
    ].flatMap { $0 }

    private static let hello = message("hello")

    // Sections are those of the Autobahn test suite.

    private static let framing: [FrameCase] = [140, 1000, 65535, 65536].map { size in
        FrameCase("1: a text of \(size) bytes", [text(message(size: size))], .message(message(size: size)))
    }

    private static let pingPong: [FrameCase] = [
        FrameCase("2: a ping without payload", [ping()], .pong([])),
        FrameCase("2: a ping with a text", [ping(Array("hello".utf8))], .pong(Array("hello".utf8))),
        FrameCase("2: a ping with bytes that are no text", [ping([0, 255, 254, 253])], .pong([0, 255, 254, 253])),
        FrameCase(
            "2: a ping with 125 bytes", [ping([UInt8](repeating: 254, count: 125))],
            .pong([UInt8](repeating: 254, count: 125))),
        FrameCase("2: a ping with 126 bytes", [ping([UInt8](repeating: 254, count: 126))], .close(1002)),
        FrameCase("2: a pong nobody asked for", [Frame(opcode: 10), ping([1])], .pong([1])),
        FrameCase("2: a pong with a payload", [Frame(opcode: 10, payload: [1, 2]), ping([1])], .pong([1])),
        FrameCase("2: ten pings", (0..<10).map { ping([$0]) }, outcomes: (0..<10).map { .pong([$0]) }),
    ]

    private static let reservedBits: [FrameCase] = (1...7).flatMap { (bits: UInt8) in
        [
            FrameCase(
                "3: reserved bits \(bits) behind a message",
                [text(hello), Frame(opcode: 1, payload: hello, reserved: bits), ping()], .message(hello), .close(1002)),
            FrameCase("3: reserved bits \(bits) of a ping", [Frame(opcode: 9, reserved: bits)], .close(1002)),
            FrameCase("3: reserved bits \(bits) of a close", [Frame(opcode: 8, reserved: bits)], .close(1002)),
        ]
    }

    private static let opcodes: [FrameCase] = ([3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8]).flatMap { opcode in
        [
            FrameCase("4: opcode \(opcode)", [Frame(opcode: opcode)], .close(1002)),
            FrameCase(
                "4: opcode \(opcode) with a payload behind a message",
                [text(hello), Frame(opcode: opcode, payload: [1]), ping()], .message(hello), .close(1002)),
        ]
    }

    private static let fragmentation: [FrameCase] = [
        FrameCase("5: a ping in two", [Frame(opcode: 9, isFinal: false), more([])], .close(1002)),
        FrameCase("5: a pong in two", [Frame(opcode: 10, isFinal: false), more([])], .close(1002)),
        FrameCase("5: a close in two", [Frame(opcode: 8, isFinal: false), more([])], .close(1002)),
        FrameCase("5: a text in two", cut(hello, every: 100), .message(hello)),
        FrameCase("5: a text in fragments of one byte", cut(hello, every: 1), .message(hello)),
        FrameCase(
            "5: empty fragments",
            [text([], isFinal: false), more([], isFinal: false), more(hello, isFinal: false), more([])],
            .message(hello)),
        FrameCase(
            "5: pings between the fragments", cut(hello, every: 100).flatMap { [$0, ping([7])] }, .pong([7]),
            .message(hello), .pong([7])),
        FrameCase("5: a continuation of nothing", [more([1])], .close(1002)),
        FrameCase("5: an unfinished continuation of nothing", [more([1], isFinal: false), ping()], .close(1002)),
        FrameCase(
            "5: a continuation behind a whole message", [text(hello), more([1])], .message(hello), .close(1002)),
        FrameCase("5: a text within a text", [text(hello, isFinal: false), text(hello)], .close(1002)),
        FrameCase(
            "5: bytes within a text", [text(hello, isFinal: false), Frame(opcode: 2, payload: [1])], .close(1002)),
        FrameCase(
            "5: two texts in fragments", cut(hello, every: 50) + cut(hello, every: 9), .message(hello), .message(hello)),
        FrameCase(
            "5: a wrong mask", [text(hello), Frame(opcode: 9, isMaskWrong: true)], .message(hello), .close(1002)),
        FrameCase(
            "5: 125 bytes as 16 bits",
            [Frame(opcode: 1, payload: [UInt8](repeating: 32, count: 125), length: (2, 125))], .close(1002)),
        FrameCase("5: 65535 bytes as 64 bits", [Frame(opcode: 1, length: (8, 65535))], .close(1002)),
        FrameCase("5: a length with its first bit set", [Frame(opcode: 1, length: (8, 1 << 63))], .close(1002)),
        FrameCase("5: a ping of 16 bits", [Frame(opcode: 9, length: (2, 126))], .close(1002)),
    ]

    private static let texts: [FrameCase] = {
        let good = message("Hello-µ@ßöäüàá-UTF-8!! \u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}")
        let bad: [(String, [UInt8])] = [
            ("a byte that begins nothing", [0x80]), ("two of them", [0x80, 0xBF]), ("a character cut short", [0xCE]),
            ("one of four bytes cut short", [0xF0, 0x90, 0x8D]), ("a character cut by another", [0xE2, 0x28, 0xA1]),
            ("a slash in two bytes", [0xC0, 0xAF]), ("a slash in three", [0xE0, 0x80, 0xAF]),
            ("a slash in four", [0xF0, 0x80, 0x80, 0xAF]), ("half a surrogate pair", [0xED, 0xA0, 0x80]),
            ("the other half", [0xED, 0xBF, 0xBF]), ("more than U+10FFFF", [0xF4, 0x90, 0x80, 0x80]),
            ("five bytes", [0xF8, 0x88, 0x80, 0x80, 0x80]), ("FE", [0xFE]), ("FF", [0xFF]),
        ]
        var cases = [
            FrameCase("6: characters of all lengths", [text(good)], .message(good)),
            FrameCase("6: cut in the midst of characters", cut(good, every: 1), .message(good)),
            FrameCase("6: said at once, not at the end", [text([0x78, 0xFF], isFinal: false), ping()], .close(1007)),
        ]
        for (name, bytes) in bad {
            let payload: [UInt8] = [0x78] + bytes
            cases.append(FrameCase("6: \(name)", [text(payload)], .close(1007)))
            cases.append(FrameCase("6: \(name), in fragments", cut(payload, every: 1), .close(1007)))
            cases.append(
                FrameCase("6: \(name), behind a message", [text(hello), text(bytes)], .message(hello), .close(1007)))
        }
        return cases
    }()

    private static let closing: [FrameCase] = [
        FrameCase("7: a message and a close", [text(hello), close(1000)], .message(hello), .close(1000)),
        FrameCase("7: two closes", [close(1000), close(1001)], .close(1000)),
        FrameCase("7: a ping behind a close", [close(1000), ping()], .close(1000)),
        FrameCase("7: a message behind a close", [close(1000), text(hello)], .close(1000)),
        FrameCase("7: a close within a message", [text(hello, isFinal: false), close(1000)], .close(1000)),
        FrameCase("7: a close without a code", [Frame(opcode: 8)], .close(nil)),
        FrameCase("7: half a code", [Frame(opcode: 8, payload: [3])], .close(1002)),
        FrameCase("7: a reason", [close(1000, Array("well".utf8))], .close(1000)),
        FrameCase("7: a reason of 123 bytes", [close(1000, [UInt8](repeating: 42, count: 123))], .close(1000)),
        FrameCase("7: a reason of 124 bytes", [close(1000, [UInt8](repeating: 42, count: 124))], .close(1002)),
        FrameCase("7: a reason that is not UTF-8", [close(1000, [0xCE, 0xBA, 0xED, 0xA0])], .close(1007)),
    ]

    private static let goodCodes: [UInt16] = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ]
    private static let badCodes: [UInt16] = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]

    private static let codes: [FrameCase] =
        goodCodes.map { (code: UInt16) in FrameCase("7: code \(code)", [close(code)], .close(code)) }
        + badCodes.map { (code: UInt16) in
            FrameCase("7: code \(code), which nobody may send", [close(code)], .close(1002))
        }

    private static let sizes: [FrameCase] = [64, 1300, 16384].map { size in
        let payload = message(size: 65536)
        return FrameCase("9, 10: 64 KiB in fragments of \(size)", cut(payload, every: size), .message(payload))
    }

    /// Cases for the reader alone: their messages mean nothing to a dialect.
    static let plain: [FrameCase] =
        ([0, 1, 124, 125, 126, 127, 128, 997, 65534, 65535, 65536] as [Int]).flatMap { size in
            let (letters, bytes) = ([UInt8](repeating: 0x2A, count: size), [UInt8](repeating: 0xFE, count: size))
            return [
                FrameCase("1: a text of \(size) bytes", [text(letters)], .message(letters)),
                FrameCase("1: \(size) bytes", [Frame(opcode: 2, payload: bytes)], .message(bytes)),
            ]
        } + [
            FrameCase(
                "5: bytes in fragments with pings between",
                [
                    Frame(opcode: 2, payload: [0xFF], isFinal: false), ping(), more([0xFE], isFinal: false), ping([1]),
                    more([]),
                ],
                .pong([]), .pong([1]), .message([0xFF, 0xFE])),
            FrameCase(
                "5: an empty text in three", [text([], isFinal: false), more([], isFinal: false), more([])],
                .message([])),
            FrameCase(
                "6: bytes need not be UTF-8", [Frame(opcode: 2, payload: [0xC0, 0xAF])], .message([0xC0, 0xAF])),
            FrameCase(
                "6: a character cut short at the end of fragments",
                [text([0xE2], isFinal: false), more([0x82], isFinal: false), more([])], .close(1007)),
            FrameCase(
                "6: a character over a ping", [text([0xE2, 0x82], isFinal: false), ping(), more([0xAC])], .pong([]),
                .message(Array("€".utf8))),
            FrameCase("7: a ping, a close, a ping", [ping([1]), close(1000), ping([2])], .pong([1]), .close(1000)),
            FrameCase("7: bytes behind a close without a code", [Frame(opcode: 8), text([0xFF])], .close(nil)),
            FrameCase("9: 65537 bytes, where 65536 are allowed", [Frame(opcode: 2, length: (8, 65537))], .close(1009)),
            FrameCase(
                "9: one byte too many in the last fragment",
                cut([UInt8](repeating: 0x2A, count: 65536), every: 65536).map {
                    Frame(opcode: $0.opcode, payload: $0.payload, isFinal: false)
                } + [more([0x2A])], .close(1009)),
            FrameCase(
                "9: as many bytes as there are numbers", [Frame(opcode: 1, length: (8, .max >> 1))], .close(1009)),
        ]

    private init(_ name: String, _ frames: [Frame], outcomes: [Outcome]) {
        (self.name, self.frames, self.outcomes) = (name, frames, outcomes)
    }
}
