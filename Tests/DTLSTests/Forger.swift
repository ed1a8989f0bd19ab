import TestSupport

@testable import DTLS

/// Somebody off the path who knows both addresses and can send anything under either's name, but
/// sees nothing and has no key.
struct Forger {
    private var random: SeededGenerator
    /// Flights of other sessions of the same two ends, which he may know: he can connect to either
    /// himself.
    private let recorded: [[UInt8]]

    init(seed: UInt64, recorded: [[UInt8]] = []) {
        random = SeededGenerator(seed: seed)
        self.recorded = recorded
    }

    mutating func datagram() -> [UInt8] {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: plain(21, [UInt8.random(in: 1...2, using: &random), UInt8.random(in: 0...120, using: &random)])
        case 1: plain(20, [1])
        case 2: message([0, 1, 2, 3, 4, 14, 20].randomElement(using: &random) ?? 0, body(0...40))
        case 3: message(3, [0xFE, 0xFD, 20] + body(20...20), sequence: 0)
        case 4:
            message(
                11, body(20_000...20_000).prefix(1000) + [],
                length: Int.random(in: 17_000...1 << 24 - 1, using: &random))
        case 5: fragment()
        case 6: encrypted(epoch: 1)
        case 7: encrypted(epoch: UInt8.random(in: 2...255, using: &random))
        case 8: plain(UInt8.random(in: 0...255, using: &random), body(0...50))
        case 9: plain(22, body(0...60))
        case 10: clientHello()
        default: recorded.randomElement(using: &random) ?? plain(20, [])
        }
    }

    private mutating func body(_ count: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: count, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// A record of epoch 0, often with a number far ahead.
    private mutating func plain(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
        let number: [UInt8] =
            Bool.random(using: &random) ? [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] : [0, 0, 0, 0, 0] + body(1...1)
        return [type, 0xFE, 0xFD, 0, 0] + number + [UInt8(content.count >> 8), UInt8(content.count & 255)] + content
    }

    private mutating func message(
        _ type: UInt8, _ content: [UInt8], sequence: Int? = nil, length: Int? = nil, offset: Int = 0
    ) -> [UInt8] {
        func number(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let sequence = sequence ?? Int.random(in: 0...6, using: &random)
        let header = [type] + number(length ?? content.count, 3) + number(sequence, 2)
        return plain(22, header + number(offset, 3) + number(content.count, 3) + content)
    }

    private mutating func fragment() -> [UInt8] {
        let type = [1, 2, 11, 12, 13, 14, 15, 16].randomElement(using: &random) ?? 1
        let length = Int.random(in: 0...(Bool.random(using: &random) ? 1000 : 1 << 24 - 1), using: &random)
        let sequence = Bool.random(using: &random) ? nil : Int.random(in: 0...65_535, using: &random)
        return message(
            UInt8(type), body(0...300), sequence: sequence, length: length,
            offset: Int.random(in: 0...1 << 24 - 1, using: &random) % max(1, length))
    }

    private mutating func encrypted(epoch: UInt8) -> [UInt8] {
        let content = body(0...100)
        return [UInt8.random(in: 20...23, using: &random), 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 0]
            + body(1...1) + [0, UInt8(content.count)] + content
    }

    /// One that is right in all its parts, and has no extensions.
    private mutating func clientHello() -> [UInt8] {
        message(1, [0xFE, 0xFD] + body(32...32) + [0, 0, 0, 4, 0xC0, 0x2B, 0xC0, 0x2F, 1, 0], sequence: 0)
    }
}
