import ArgumentParser
import NIOCore
import WebRTC

/// The offerer's side of `peer`: sends until it is cancelled, or the total has been sent.
struct PeerSender: Sendable {
    let options: Peer

    func run(_ channel: DataChannel) async throws {
        let cycle = MessageCycle(messageSize: options.messageSize)
        var number = 0
        while !Task.isCancelled, number * options.messageSize < options.sizeTotal ?? .max {
            if options.check {
                let message = NumberedMessage.make(number: UInt64(number), size: options.messageSize)
                try await channel.send(message)
            } else {
                try await channel.send(cycle[number])
            }
            number += 1
        }
    }
}

/// The answerer's side of `peer`.
struct PeerReceiver {
    let options: Peer
    private let cycle: MessageCycle
    private var bytes = 0
    private var messages = 0
    private var faults = 0
    private var first: ContinuousClock.Instant?
    /// When measuring began, and what had arrived by then.
    private var measured: (from: ContinuousClock.Instant, bytes: Int)?
    private var last: ContinuousClock.Instant?

    init(options: Peer) {
        self.options = options
        cycle = MessageCycle(messageSize: options.messageSize)
    }

    mutating func run(_ channel: DataChannel) async throws {
        for try await message in channel.messages {
            let now = ContinuousClock.now
            let start = first ?? now
            first = start
            last = now
            if !isExpected(message) { faults += 1 }
            messages += 1
            bytes += message.byteCount
            if measured == nil, now - start >= .seconds(options.warmUp) { measured = (now, bytes) }
            if let total = options.sizeTotal {
                if bytes >= total { return }
            } else if let measured, now - measured.from >= .seconds(options.seconds) {
                return
            }
        }
    }

    /// Prints the result. A transfer that ended within the warm-up is measured from its first
    /// message.
    func report() {
        var report = Report(mode: "peer")
        report.add("message_size", options.messageSize)
        if let first, let last {
            let from = measured ?? (first, 0)
            report.add("mbit_s", Double(bytes - from.bytes) * 8 / 1e6 / (last - from.from).inSeconds)
        } else {
            report.add("mbit_s", 0)
        }
        report.add("bytes", bytes)
        report.add("messages", messages)
        report.add("faults", faults)
        report.print()
    }

    private func isExpected(_ message: DataChannelMessage) -> Bool {
        guard options.check else { return cycle.isExpected(message, after: messages) }
        guard case .binary(let buffer) = message else { return false }
        return NumberedMessage.number(of: buffer) == UInt64(messages)
    }
}

/// A message that shows whether it arrived whole, once and in its place: number, checksum, and
/// bytes that follow from the number.
enum NumberedMessage {
    static let minimumSize = 16

    static func make(number: UInt64, size: Int) -> ByteBuffer {
        var body = ByteBuffer()
        body.reserveCapacity(size)
        body.writeInteger(number)
        let filling = UInt8(truncatingIfNeeded: number &* 31)
        let rest = max(size - minimumSize, 0)
        body.writeInteger(checksum(number, filling: filling, count: rest))
        body.writeRepeatingByte(filling, count: rest)
        return body
    }

    /// The number of a message that is whole; nil for any other.
    static func number(of message: ByteBuffer) -> UInt64? {
        var reader = message
        guard let number = reader.readInteger(as: UInt64.self), let sum = reader.readInteger(as: UInt64.self) else {
            return nil
        }
        var computed = FNV1a(seed: number)
        for byte in reader.readableBytesView { computed.add(byte) }
        return computed.value == sum ? number : nil
    }

    private static func checksum(_ number: UInt64, filling: UInt8, count: Int) -> UInt64 {
        var sum = FNV1a(seed: number)
        for _ in 0..<count { sum.add(filling) }
        return sum.value
    }
}

/// The hash of Fowler, Noll and Vo in 64 bits: small, and enough to see that bytes have changed.
struct FNV1a {
    private(set) var value: UInt64

    init(seed: UInt64) {
        value = 0xCBF2_9CE4_8422_2325 ^ seed
    }

    mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
    }
}
