internal import AsyncQueues
import NIOCore
import Synchronization
import WebRTC

/// Brings what watchers press to the source. Usable from any thread.
final class InputRouter: Sendable {
    let limits: InputLimits
    private let start = ContinuousClock.now
    private let aggregator: Mutex<InputAggregator<String>>
    /// Of what lets go it takes all: as much as was pressed.
    private let queue = AsyncQueue<InputEvent, Never>(.init(count: 1024, overflow: .admit))

    init(_ limits: InputLimits) {
        self.limits = limits
        aggregator = Mutex(InputAggregator(limits: limits))
    }

    var events: AsyncStream<InputEvent> {
        AsyncStream { [queue] in await queue.next() }
    }

    func add(_ id: String) throws(InputError) {
        let now = ContinuousClock.now - start
        let problem = aggregator.withLock { aggregator -> InputError? in
            do throws(InputError) { try aggregator.add(id, now: now) } catch { return error }
            return nil
        }
        if let problem { throw problem }
    }

    func remove(_ id: String) {
        let wakeups = aggregator.withLock { $0.remove(id).map { queue.enqueue($0).1 } }
        for wakeup in wakeups { wakeup.resume() }
    }

    /// Reads a watcher's channel until it closes; what cannot be is passed over, as what is too
    /// fast.
    func read(_ channel: DataChannel, of id: String) async {
        do {
            for try await message in channel.messages {
                switch message {
                case .text(let text): try? take(Array(text.utf8), from: id)
                case .binary(let buffer): try? take(Array(buffer.readableBytesView), from: id)
                }
            }
        } catch {
            // The connection has failed: what the watcher held is let go when it is removed.
        }
    }

    /// Takes a message.
    ///
    /// - Throws: what is wrong with it, or that it is too much.
    func take(_ bytes: [UInt8], from id: String) throws(InputError) {
        let message = try InputMessage(parsing: bytes)
        let now = ContinuousClock.now - start
        let isRoom = queue.hasRoom
        // In the order in which they were decided.
        let (wakeups, problem) = aggregator.withLock { aggregator -> ([Wakeups<InputEvent, Never>], InputError?) in
            do throws(InputError) {
                aggregator.isUnread = !isRoom
                return (try aggregator.apply(message.event, from: id, now: now).map { queue.enqueue($0).1 }, nil)
            } catch {
                return ([], error)
            }
        }
        for wakeup in wakeups { wakeup.resume() }
        if let problem { throw problem }
    }

    func finish() { queue.finish() }
}
