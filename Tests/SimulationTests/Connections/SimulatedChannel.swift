import NIOCore

@testable import WebRTC

/// A channel of one end: what was taken from the application there, and what has come.
///
/// `@unchecked Sendable`: it is used on the world's loop alone.
final class SimulatedChannel: @unchecked Sendable {
    private var held: DataChannel?
    let label: String
    let isOrdered: Bool
    let isReliable: Bool
    /// The numbers of messages that send() has taken before this end closed it, and of those that have come.
    private(set) var sent: [Int] = []
    private(set) var received: [Int] = []
    private var seen: Set<Int> = []
    /// How many were tried to be sent: of one that was refused in the end some may have gone.
    private(set) var tried = 0
    /// This end has closed it, and not only seen it closed.
    private(set) var isClosedHere = false

    init(_ channel: DataChannel) {
        held = channel
        label = channel.label
        isOrdered = channel.ordered
        isReliable = channel.maxRetransmits == nil && channel.maxPacketLifeTime == nil
    }

    var channel: DataChannel {
        guard let held else { preconditionFailure("\(label) was let go of") }
        return held
    }

    func withoutChannel() -> SimulatedChannel {
        held = nil
        return self
    }

    func close() {
        isClosedHere = true
        channel.close()
    }

    /// Sends the next message of that size. False if it was not taken.
    func send(_ size: Int) async -> Bool {
        let number = tried
        tried += 1
        do {
            try await channel.send(Self.message(number, size))
            sent.append(number)
            return true
        } catch {
            return false
        }
    }

    /// What is wrong with a message; nil if nothing is.
    func receive(_ message: DataChannelMessage) -> String? {
        guard case .binary(var bytes) = message else { return "a text came: \(message)" }
        let all = bytes
        guard let number = bytes.readInteger(as: UInt32.self).map(Int.init) else {
            return "a message of \(all.readableBytes) bytes"
        }
        guard all == Self.message(number, all.readableBytes) else { return "message \(number) was changed on the way" }
        guard seen.insert(number).inserted else { return "message \(number) came twice" }
        if isOrdered, let last = received.last, last > number { return "message \(number) came after \(last)" }
        received.append(number)
        return nil
    }

    private static func message(_ number: Int, _ size: Int) -> ByteBuffer {
        var buffer = ByteBuffer(integer: UInt32(number))
        buffer.writeRepeatingByte(UInt8(truncatingIfNeeded: number &* 31 &+ 7), count: max(0, size - 5))
        if size > 4 { buffer.writeInteger(UInt8(truncatingIfNeeded: size)) }
        return buffer
    }
}
