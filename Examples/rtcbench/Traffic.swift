import ArgumentParser
import NIOCore
import Synchronization
import WebRTC

/// Counts what channels deliver, and what of it is not the message that was due.
final class Traffic: Sendable {
    private let cycle: MessageCycle
    private let bytes = Atomic<Int>(0)
    private let messages = Atomic<Int>(0)
    private let faults = Atomic<Int>(0)

    /// What has arrived, when, and what it cost until then.
    struct Snapshot {
        let bytes: Int
        let messages: Int
        let time: ContinuousClock.Instant
        let processorSeconds: Double
    }

    init(messageSize: Int) {
        cycle = MessageCycle(messageSize: messageSize)
    }

    func snapshot() -> Snapshot {
        Snapshot(
            bytes: bytes.load(ordering: .relaxed), messages: messages.load(ordering: .relaxed), time: .now,
            processorSeconds: ProcessUsage.processorSeconds)
    }

    /// Reads a channel to its end.
    func count(_ channel: DataChannel) async throws {
        var number = 0
        for try await message in channel.messages {
            if !cycle.isExpected(message, after: number) { faults.add(1, ordering: .relaxed) }
            number += 1
            bytes.add(message.byteCount, ordering: .relaxed)
            messages.add(1, ordering: .relaxed)
        }
    }

    /// Sends until the task is cancelled or the channel closes.
    func flood(_ channel: DataChannel) async throws {
        var number = 0
        while !Task.isCancelled, channel.readyState == .open {
            try await channel.send(cycle[number])
            number += 1
        }
    }

    /// Throws where a message did not arrive as it was sent.
    func demandWhole() throws {
        let faults = faults.load(ordering: .relaxed)
        guard faults == 0 else {
            throw ValidationError("\(faults) of \(messages.load(ordering: .relaxed)) messages were not as sent")
        }
    }
}

extension DataChannelMessage {
    /// The payload's length in bytes.
    var byteCount: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .binary(let buffer): buffer.readableBytes
        }
    }
}
