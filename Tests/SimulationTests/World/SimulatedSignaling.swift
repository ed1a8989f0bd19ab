import DequeModule
import JSEP
import NetworkLoop

/// Signaling between two ends of a simulation: in order, late by as much as it is told, and lost while it is broken.
///
/// `@unchecked Sendable`: it is used on the world's loop alone.
final class SimulatedSignaling: SignalingTransport, @unchecked Sendable {
    let messages: AsyncStream<SignalingEvent>
    private let inbox: AsyncStream<SignalingEvent>.Continuation
    private let world: World
    private weak var other: SimulatedSignaling?
    var delay = Duration.milliseconds(1)...Duration.milliseconds(20)
    var isBroken = false
    private var lastArrival = Duration.zero

    private let name: String
    private var underWay: Deque<SignalingPayload> = []

    private init(_ world: World, _ name: String) {
        self.world = world
        self.name = name
        (messages, inbox) = AsyncStream.makeStream()
    }

    static func pair(in world: World) -> (SimulatedSignaling, SimulatedSignaling) {
        let (a, b) = (SimulatedSignaling(world, "A"), SimulatedSignaling(world, "B"))
        (a.other, b.other) = (b, a)
        return (a, b)
    }

    func send(_ message: SignalingPayload) async throws {
        world.say("\(name) says \(message.short)" + (isBroken ? ", and is not heard" : ""))
        if isBroken { return }
        let arrival = max(lastArrival, world.now + world.network.between(delay))
        lastArrival = arrival
        underWay.append(message)
        _ = world.loop.schedule(after: arrival - world.now) { [weak self] in
            guard let self, let other, let message = underWay.popFirst() else { return }
            world.say("\(other.name) hears \(message.short)")
            other.inbox.yield(.message(message))
        }
    }

    /// Takes messages again, and says so to this end.
    func reconnect() {
        isBroken = false
        inbox.yield(.reconnected)
    }

    func end() { inbox.finish() }
}
