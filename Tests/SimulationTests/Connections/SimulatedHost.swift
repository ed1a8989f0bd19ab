import AsyncQueues
import JSEP
import NIOCore
import NetworkLoop

@testable import WebRTC

/// One end of a simulated connection, with an application that opens channels, sends on them, reads what comes, restarts ICE
/// where that is lost, and waits for all that can be waited for.
///
/// `@unchecked Sendable`: it is used on the world's loop alone.
final class SimulatedHost: @unchecked Sendable {
    let name: String
    let number: Int
    private let world: World
    private(set) var connection: PeerConnection?
    private(set) var negotiator: PerfectNegotiator?
    let signaling: SimulatedSignaling
    /// By label; the peer's, too.
    private(set) var channels: [String: SimulatedChannel] = [:]
    /// What waits, by what for; all of it has to be over at the end.
    private(set) var waiting: [String: Int] = [:]
    /// What ``PeerConnection/ended(ifNotConnectedWithin:)`` has returned.
    private(set) var ending: ConnectionEnding?
    private(set) var problems: [String] = []
    /// The application has closed it.
    private(set) var isClosed = false
    /// The host is gone, and so is everything that it would have done.
    private(set) var isVanished = false

    init(_ number: Int, in world: World, signaling: SimulatedSignaling) throws {
        name = number == 0 ? "A" : "B"
        self.number = number
        self.world = world
        self.signaling = signaling
        let connection = try world.connection(of: number)
        self.connection = connection
        let negotiator = PerfectNegotiator(connection, over: signaling, polite: number == 0)
        self.negotiator = negotiator
        listen(to: connection)
        let problems = negotiator.problems
        wait(for: "problems of the negotiation") {
            for await problem in problems {
                self.world.say("\(self.name) has a problem: \(problem)")
                if !problem.isHarmless(mayRefuse: false) { self.problems.append("\(problem)") }
            }
        }
    }

    /// Begins a task and knows that it waits.
    private func wait(for what: String, _ body: @escaping @Sendable () async -> Void) {
        waiting[what, default: 0] += 1
        world.task {
            await body()
            self.didWait(for: what)
        }
    }

    private func didWait(for what: String) {
        let left = (waiting[what] ?? 1) - 1
        waiting[what] = left == 0 ? nil : left
    }

    private func listen(to connection: PeerConnection) {
        // None of these holds the connection for longer than it is asked for something.
        let (incoming, states) = (connection.dataChannels, connection.connectionStates)
        wait(for: "the peer's channels") {
            for await channel in incoming { self.take(channel) }
        }
        wait(for: "the connection's states") { [weak connection] in
            for await state in states {
                self.world.say("\(self.name) is \(state.rawValue)")
                if state == .failed, !self.isVanished { await connection?.restartICE() }
            }
        }
        wait(for: "the connection to be up") { _ = try? await connection.connected() }
        wait(for: "the end") {
            let ending = await connection.ended()
            self.ending = ending
            self.world.say("\(self.name) ends: \(ending)")
        }
        wait(for: "the release") { [snapshot = connection.snapshot] in
            await snapshot.values.wait(on: { $1(&$0.releaseWaiters) }) { $0.isReleased }
        }
    }

    // MARK: What the application does

    func open(_ label: String, _ options: DataChannelOptions) {
        guard let connection, !isClosed, !isVanished else { return }
        world.say("\(name) opens \(label)")
        wait(for: "\(label) to be made") {
            do {
                let channel = try await connection.createDataChannel(label, options: options)
                self.follow(channel)
            } catch {
                if !self.isClosed { self.problems.append("\(label) could not be made: \(error)") }
            }
        }
    }

    private func take(_ channel: DataChannel) {
        if channels[channel.label] != nil { problems.append("\(channel.label) was opened twice") }
        follow(channel)
    }

    private func follow(_ channel: DataChannel) {
        let followed = SimulatedChannel(channel)
        channels[channel.label] = followed
        let label = channel.label
        wait(for: "\(label) to open") { _ = try? await channel.opened() }
        wait(for: "\(label) to close") {
            await channel.closed()
            self.world.say("\(self.name)'s \(label) is closed" + (channel.error.map { ": \($0)" } ?? ""))
        }
        wait(for: "messages of \(label)") {
            do {
                for try await message in channel.messages {
                    if let problem = followed.receive(message) {
                        self.problems.append("\(label) at \(self.name): \(problem)")
                    }
                }
            } catch {
                // A channel that has ended without an error ends its messages so, too.
                if channel.error == nil { self.problems.append("\(label) at \(self.name) cannot be read: \(error)") }
            }
        }
    }

    func send(_ count: Int, of size: Int, on label: String) {
        guard let channel = channels[label], !isVanished else { return }
        world.say("\(name) sends \(count) of \(size) bytes on \(label)")
        wait(for: "\(label) to be sent on") {
            for _ in 0..<count {
                guard await channel.send(size) else { return }
            }
            await channel.channel.flushed()
        }
    }

    func close(_ label: String) {
        guard let channel = channels[label], !isVanished else { return }
        world.say("\(name) closes \(label)")
        channel.close()
    }

    func restartICE() {
        guard let connection, !isVanished else { return }
        world.say("\(name) restarts ICE")
        wait(for: "a restart") { await connection.restartICE() }
    }

    func close() {
        guard let connection, !isVanished else { return }
        if !isClosed { world.say("\(name) closes") }
        isClosed = true
        connection.close()
    }

    /// Ends without a word: what was to be sent never is.
    func vanish() {
        world.say("\(name) vanishes")
        isVanished = true
        world.network.vanish(number)
        signaling.isBroken = true
    }

    /// Lets go of everything that the application holds.
    func drop() {
        connection?.close()
        connection = nil
        negotiator = nil
        channels = channels.mapValues { $0.withoutChannel() }
        signaling.end()
    }
}
