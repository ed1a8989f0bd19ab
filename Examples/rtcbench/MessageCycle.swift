import ArgumentParser
import NIOCore
import WebRTC

/// The messages that are sent in turn where speed is measured: each has its number at its front and
/// at its end, so that one that is missing, cut, doubled or out of place shows, at next to no cost.
struct MessageCycle: Sendable {
    static let count = 16
    /// Bytes that a message has at least.
    static let minimumSize = 16

    private let messages: [ByteBuffer]

    init(messageSize: Int) {
        messages = (0..<UInt64(Self.count))
            .map { number in
                var message = ByteBuffer()
                message.writeInteger(number)
                message.writeRepeatingByte(0x55, count: messageSize - Self.minimumSize)
                message.writeInteger(number)
                return message
            }
    }

    /// The message that is sent after `number` others.
    subscript(number: Int) -> ByteBuffer { messages[number % Self.count] }

    /// Whether a message is the one that comes after `number` others, by its length and its
    /// numbers.
    func isExpected(_ message: DataChannelMessage, after number: Int) -> Bool {
        guard case .binary(let buffer) = message, buffer.readableBytes == messages[0].readableBytes else {
            return false
        }
        let front = buffer.getInteger(at: buffer.readerIndex, as: UInt64.self)
        let end = buffer.getInteger(at: buffer.writerIndex - 8, as: UInt64.self)
        return front == UInt64(number % Self.count) && end == front
    }

    static func validate(messageSize: Int) throws {
        guard messageSize >= minimumSize else {
            throw ValidationError("--message-size has to be \(minimumSize) or larger, for a message carries its number")
        }
    }
}
