import DTLS
import NetworkLoop
import Synchronization
import TestSupport

@testable import WebRTC

/// Whole connections in one thread, on a network in memory and with a clock that jumps to whatever comes next. The same seed
/// does the same, but for what OpenSSL and usrsctp draw from the system.
///
/// `@unchecked Sendable`: all of it is used on its loop, which is the thread that calls ``run(within:_:)``.
final class World: @unchecked Sendable {
    let clock = ManualClock()
    let loop: NetworkLoop
    let executor: LoopTaskExecutor
    let network: SimulatedNetwork
    private let pool: LoopPool
    private let ticker: SCTPTicker?
    var random: SeededGenerator
    /// What happened, for people; empty unless it was asked for.
    private(set) var trace: [String] = []
    private let isTraced: Bool

    /// - Parameter isDead: paths gather and never connect, and nothing moves SCTP's clock, so that any number of worlds may
    ///   be in a process.
    init(seed: UInt64, isTraced: Bool = false, isDead: Bool = false) {
        let loop = NetworkLoop(drivenBy: clock)
        self.loop = loop
        self.isTraced = isTraced
        random = SeededGenerator(seed: seed)
        executor = LoopTaskExecutor(loop)
        pool = LoopPool(loop)
        let network = SimulatedNetwork(loop: loop, seed: seed ^ 0x5EED, isDead: isDead)
        self.network = network
        // Worlds beside this one have associations, too.
        ticker = isDead ? nil : SCTPTicker(on: { loop }, while: { network.openSockets > 0 })
    }

    var now: Duration { clock.now }

    /// What a connection of that host stands on.
    func surroundings(of host: Int) -> Surroundings {
        let network = network
        return Surroundings(
            pool: pool,
            makePath: { loop, configuration, delegate in
                SimulatedPath(on: network, host: host, loop: loop, configuration: configuration, delegate: delegate)
            }, ticker: ticker, executor: executor)
    }

    /// A connection of that host, with a certificate of its own.
    func connection(of host: Int, _ change: (inout PeerConnection.Configuration) -> Void = { _ in }) throws
        -> PeerConnection
    {
        var configuration = PeerConnection.Configuration()
        configuration.certificates = [try Self.certificates[host % Self.certificates.count].get()]
        change(&configuration)
        return try PeerConnection(configuration: configuration, in: surroundings(of: host))
    }

    private static let certificates = (0..<4).map { _ in Result { try Certificate.generate() } }

    /// Begins a task of the simulation.
    @discardableResult
    func task(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: executor) { await body() }
    }

    func say(_ text: @autoclosure () -> String) {
        if isTraced { trace.append("\(Int(now / .milliseconds(1))) ms  \(text())") }
    }

    // MARK: Time

    /// What keeps a simulation from its end.
    enum Stuck: Error, CustomStringConvertible {
        case nothingComes
        case tooLong(Duration)

        var description: String {
            switch self {
            case .nothingComes: "somebody waits, and nothing will ever happen any more"
            case .tooLong(let limit): "not done within \(limit) of simulated time"
            }
        }
    }

    /// Runs what is given and lets time pass until it is done.
    func run<Value: Sendable>(
        within limit: Duration = .seconds(600), _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let box = Box<Value>()
        Task(executorPreference: executor) {
            do { box.result = .success(try await body()) } catch { box.result = .failure(error) }
        }
        let end = now + limit
        try pass(to: end) { box.result != nil }
        guard let value = box.result else { throw Stuck.tooLong(limit) }
        return try value.get()
    }

    /// Lets that much time pass.
    func pass(_ time: Duration) {
        let end = now + time
        try? pass(to: end) { false }
        if now < end { move(to: end) }
        loop.runUntilIdle()
    }

    /// Goes to the next time at which something is due. False if there is none.
    func step() -> Bool {
        guard let next = loop.enter({ loop.nextDeadline }) else { return false }
        if next > now { clock.advance(by: next - now) }
        return true
    }

    /// Whether nothing is queued and no timer runs: nothing will ever happen again by itself.
    var isAtRest: Bool {
        loop.runUntilIdle()
        return loop.enter { loop.nextDeadline } == nil
    }

    /// What is left of a simulation in which everybody has let go of everything; empty if nothing is.
    func leftovers(_ objects: [Leftover]) -> [String] {
        var found = isAtRest ? [] : ["a timer runs for ever"]
        found += objects.filter { $0.object != nil }.map { "a \($0.type) is still there" }
        if network.openSockets > 0 { found.append("\(network.openSockets) sockets are open") }
        return found
    }

    private func pass(to end: Duration, until isDone: () -> Bool) throws {
        SimulatedSystemTime.microseconds.store(Self.epoch + Int64(now / .microseconds(1)), ordering: .relaxed)
        defer { SimulatedSystemTime.microseconds.store(0, ordering: .relaxed) }
        while true {
            loop.runUntilIdle()
            if isDone() { return }
            guard let next = loop.enter({ loop.nextDeadline }) else { throw Stuck.nothingComes }
            guard next <= end else { return }
            move(to: next)
        }
    }

    private func move(to time: Duration) {
        if time > now { clock.advance(by: time - now) }
        SimulatedSystemTime.microseconds.store(Self.epoch + Int64(now / .microseconds(1)), ordering: .relaxed)
    }

    /// An afternoon in 2026.
    private static let epoch: Int64 = 1_790_000_000_000_000

    /// `@unchecked Sendable`: used on the loop alone.
    private final class Box<Value: Sendable>: @unchecked Sendable {
        var result: Result<Value, any Error>?
    }
}
