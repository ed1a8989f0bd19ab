import AsyncQueues
import Signaling
import Synchronization

/// A member of a room at one of several servers, that remembers what it has sent and heard.
final class HistoryMember: Sendable {
    /// A message that one member has said to another.
    struct Said: Hashable, Sendable, CustomStringConvertible {
        var room: String
        var from: String
        var to: String
        var number: Int

        var description: String { "\(room)|\(from)|\(to)|\(number)" }

        init(room: String, from: String, to: String, number: Int) {
            (self.room, self.from, self.to, self.number) = (room, from, to, number)
        }

        init?(_ text: String) {
            let parts = text.split(separator: "|")
            guard parts.count == 4, let number = Int(parts[3]) else { return nil }
            (room, from, to, self.number) = (String(parts[0]), String(parts[1]), String(parts[2]), number)
        }
    }

    private struct State {
        /// In the order in which it came.
        var heard: [Said] = []
        var story: [String] = []
        var isConnected = false
        var refusals = 0
    }

    let id: String
    let room: String
    private let client: RoomClient
    /// How many messages there were to each other member.
    private let numbers = Mutex<[String: Int]>([:])
    private let history: History
    private let reader: Task<Void, Never>

    /// - Parameter changes: is told of each event.
    init(_ id: String, in room: String, at url: String, _ changes: AsyncQueue<Void, Never>) throws {
        self.id = id
        self.room = room
        let client = try RoomClient(
            url: url, id: id, room: room,
            configuration: .init(connectTimeout: .seconds(20), heartbeatInterval: .seconds(5), queueLimit: 4096),
            backoff: Backoff(initial: .milliseconds(100), maximum: .seconds(1)))
        let history = History()
        self.client = client
        self.history = history
        reader = Task {
            for await event in client.events {
                history.take(event)
                changes.push(())
            }
        }
    }

    private final class History: Sendable {
        let state = Mutex(State())

        func take(_ event: RoomClient.Event) {
            state.withLock { state in
                switch event {
                case .message(.offer(_, _, let text)): if let said = Said(text) { state.heard.append(said) }
                case .message(.error(let error)):
                    state.refusals += 1
                    state.story.append(error.code)
                case .message(let message): state.story.append(message.type)
                case .disconnected(let error):
                    state.isConnected = false
                    state.story.append("disconnected: \(error)")
                case .connected, .resumed:
                    state.isConnected = true
                    state.story.append("\(event)")
                case .connecting, .moving: state.story.append("\(event)")
                }
            }
        }
    }

    var isConnected: Bool { history.state.withLock { $0.isConnected } }
    var peers: Set<String> { client.peers }
    /// How many errors the server has told.
    var refusals: Int { history.state.withLock { $0.refusals } }
    /// All messages that it has heard, in order.
    var heard: [Said] { history.state.withLock { $0.heard } }
    /// What has happened last, for whoever looks into a failure.
    var story: String { history.state.withLock { $0.story.suffix(12).joined(separator: "; ") } }

    /// Says the next message to another one; nil where it cannot be sent.
    func say(to other: String) async -> Said? {
        let number = numbers.withLock { numbers in
            numbers[other, default: 0] += 1
            return numbers[other] ?? 0
        }
        let said = Said(room: room, from: id, to: other, number: number)
        do throws(SignalingError) {
            try await client.send(.offer(from: nil, to: other, sdp: "\(said)"))
            return said
        } catch {
            return nil
        }
    }

    func close() async {
        await client.close()
        await reader.value
    }
}
