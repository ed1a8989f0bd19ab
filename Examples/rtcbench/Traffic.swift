import NIOCore
import Synchronization
import WebRTC

/// Counts what channels deliver.
final class Traffic: Sendable {
    private let bytes = Atomic<Int>(0)
    private let messages = Atomic<Int>(0)

    /// What has arrived, when, and what it cost until then.
    struct Snapshot {
        let bytes: Int
        let messages: Int
        let time: ContinuousClock.Instant
        let processorSeconds: Double
    }

    func snapshot() -> Snapshot {
        Snapshot(
            bytes: bytes.load(ordering: .relaxed), messages: messages.load(ordering: .relaxed), time: .now,
            processorSeconds: ProcessUsage.processorSeconds)
    }

    /// Reads a channel to its end.
    func count(_ channel: DataChannel) async throws {
        for try await message in channel.messages {
            bytes.add(message.byteCount, ordering: .relaxed)
            messages.add(1, ordering: .relaxed)
        }
    }

    /// Sends the same message until the task is cancelled or the channel closes.
    static func flood(_ channel: DataChannel, messageSize: Int) async throws {
        let message = ByteBuffer(repeating: 0x55, count: messageSize)
        while !Task.isCancelled, channel.readyState == .open { try await channel.send(message) }
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
