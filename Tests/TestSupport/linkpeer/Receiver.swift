import Synchronization
import WebRTC

/// The answerer's side: counts what arrives, and what is wrong with it.
struct Receiver {
    private var received = 0
    /// Not as they were sent.
    private var corrupt = 0
    /// Arrived before.
    private var repeated = 0
    /// Older than one that has arrived.
    private var late = 0
    private var highest: UInt64?
    private var seen: [UInt64] = []

    /// Reads the channel to its end.
    ///
    /// - Parameter progress: set by whoever wants to hear of the next message.
    mutating func run(_ channel: DataChannel, _ console: Console, progress: borrowing Atomic<Bool>) async {
        do {
            for try await message in channel.messages {
                take(message)
                if progress.exchange(false, ordering: .relaxed) { console.say("progressed", "\(received)") }
                if received % 1000 == 0 { console.say("received", "\(received)") }
            }
            console.say("closed")
        } catch {
            console.say("closed", "\(error)")
        }
    }

    /// One line of JSON.
    func report(to console: Console) {
        let last = highest.map { "\($0)" } ?? "null"
        console.say(
            "result",
            "{\"received\":\(received),\"corrupt\":\(corrupt),\"repeated\":\(repeated),\"late\":\(late),\"highest\":\(last)}"
        )
    }

    private mutating func take(_ message: DataChannelMessage) {
        received += 1
        // No run sends so many; a number beyond them is wrong, checksum or not.
        guard case .binary(let buffer) = message, let number = NumberedMessage.number(of: buffer), number < 1 << 32
        else {
            corrupt += 1
            return
        }
        let word = Int(number / 64)
        if word >= seen.count { seen.append(contentsOf: repeatElement(0, count: word + 1 - seen.count)) }
        let bit: UInt64 = 1 << (number % 64)
        if seen[word] & bit != 0 { repeated += 1 }
        seen[word] |= bit
        if let highest, number < highest { late += 1 }
        highest = max(highest ?? 0, number)
    }
}
