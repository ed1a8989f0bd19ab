import Dispatch
import WebRTC

/// The offerer's side: numbered messages, as fast as the channel takes them.
struct Sender: Sendable {
    /// How many to send; nil sends until the task is cancelled.
    let count: Int?
    /// The largest message, in bytes.
    let size: Int
    let isVaried: Bool
    /// Milliseconds between two messages; nil sends as fast as the channel takes them.
    let pause: Int?

    func run(_ channel: DataChannel, _ console: Console) async throws {
        let largest = size / NumberedMessage.wordSize
        var number: UInt64 = 0
        defer { console.say("sent", "\(number)") }
        while !Task.isCancelled, count.map({ number < $0 }) ?? true {
            let words = isVaried ? NumberedMessage.words(number: number, largest: largest) : largest
            try await channel.send(NumberedMessage.make(number: number, words: words))
            number += 1
            if let pause { await Self.tick(after: pause) }
        }
    }

    private static func tick(after milliseconds: Int) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { continuation.resume() }
        }
    }
}
