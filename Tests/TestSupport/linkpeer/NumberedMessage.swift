import NIOCore

/// A message that shows whether it arrived whole, once and in its place: its number, its length in words, words that follow
/// from the number, and a checksum over all of them. In words of 64 bits, because a debug build is slow with bytes.
enum NumberedMessage {
    static let wordSize = 8

    /// Makes message `number` with `words` words, two at least.
    static func make(number: UInt64, words: Int) -> ByteBuffer {
        var message = ByteBuffer()
        message.reserveCapacity(words * wordSize)
        message.writeInteger(number)
        var sum = mix(number ^ UInt64(words))
        var filling = number
        for _ in 0..<max(words - 2, 0) {
            filling = mix(filling)
            message.writeInteger(filling)
            sum = mix(sum ^ filling)
        }
        message.writeInteger(sum)
        return message
    }

    /// The number of a message that is whole; nil for any other.
    static func number(of message: ByteBuffer) -> UInt64? {
        var reader = message
        let words = message.readableBytes / wordSize
        guard words >= 2, message.readableBytes % wordSize == 0, let number = reader.readInteger(as: UInt64.self) else {
            return nil
        }
        var sum = mix(number ^ UInt64(words))
        for _ in 0..<(words - 2) {
            guard let word = reader.readInteger(as: UInt64.self) else { return nil }
            sum = mix(sum ^ word)
        }
        return reader.readInteger(as: UInt64.self) == sum ? number : nil
    }

    /// How many words message `number` has when sizes vary, up to `largest`.
    static func words(number: UInt64, largest: Int) -> Int {
        2 + Int(mix(number) % UInt64(max(largest - 1, 1)))
    }

    /// SplitMix64's finalizer: every bit of the input changes half of the output.
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
