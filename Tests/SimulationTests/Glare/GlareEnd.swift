import JSEP
import NetworkLoop

@testable import WebRTC

/// One end: a connection and its negotiator, as an application has them.
///
/// `@unchecked Sendable`: it is used on the world's loop alone.
final class GlareEnd: @unchecked Sendable {
    let name: String
    let connection: PeerConnection
    let negotiator: PerfectNegotiator
    private let world: World
    /// How many channels the application has made.
    var channels = 0
    private(set) var problems: [NegotiationProblem] = []

    /// The first end of that letter, or the one that takes the place of the one before.
    init(
        _ index: Int, life: Int = 1, in world: World, over link: GlareLink, polite: Bool,
        settings: PerfectNegotiator.Settings, _ policy: BundlePolicy
    ) throws {
        let letter = index == 0 ? "A" : "B"
        name = life == 1 ? letter : "\(letter)\(life)"
        self.world = world
        connection = try world.connection(of: index + (life == 1 ? 0 : 2)) { $0.bundlePolicy = policy }
        negotiator = try PerfectNegotiator(
            connection, over: link.transport(of: index), polite: polite, settings: settings)
        let problems = negotiator.problems
        world.task { [weak self] in
            for await problem in problems { self?.problems.append(problem) }
        }
    }

    /// Reads or changes the connection, as something that runs on its actor does.
    func perform<Result: Sendable>(_ body: @Sendable (isolated PeerConnection) throws -> Result) rethrows -> Result {
        try world.loop.enter { try connection.assumeIsolated { try body($0) } }
    }

    /// What the connection knows and wants at the moment.
    var negotiation: Negotiation { perform { $0.currentNegotiation } }

    var core: NegotiatorCore { world.loop.enter { negotiator.assumeIsolated { $0.core } } }

    var isClosed: Bool { connection.signalingState == .closed }

    /// The program is gone.
    func end() {
        negotiator.close()
        connection.close()
    }
}
