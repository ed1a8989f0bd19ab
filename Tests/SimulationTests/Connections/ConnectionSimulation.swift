import Foundation
import JSEP
import NetworkLoop
import TestSupport

@testable import WebRTC

/// Two hosts, the network and the signaling between them, and what their applications do, from one seed; then a time without
/// trouble, and what has to hold after it.
final class ConnectionSimulation {
    /// What happens at some time.
    enum Happening {
        case open(Int), send(Int), closeChannel(Int), restart(Int)
        case trouble(SimulatedNetwork.Conditions), calm
        case silence(Int, Duration), breakSignaling(Duration)
        case vanish(Int), close(Int)
    }

    let world: World
    private let seed: UInt64
    private(set) var hosts: [SimulatedHost] = []
    private var random: SeededGenerator
    private var opened = 0
    private(set) var violations: [String] = []
    /// How long nothing, or hardly anything, came through, all taken together.
    private var outage = Duration.zero
    private var troubleSince: Duration?
    /// Whether that was long enough for something to give up: a handshake does after some 25 s, SCTP on a path that seems to
    /// work as well where a reset waits, and ICE with what stands on it after a minute.
    var mayFail: Bool { outage > .seconds(22) }

    init(seed: UInt64, isTraced: Bool = false) throws {
        self.seed = seed
        world = World(seed: seed, isTraced: isTraced)
        random = SeededGenerator(seed: seed)
        let (a, b) = SimulatedSignaling.pair(in: world)
        hosts = [try SimulatedHost(0, in: world, signaling: a), try SimulatedHost(1, in: world, signaling: b)]
    }

    /// Runs it all; ``violations`` says what did not hold.
    func run() {
        let busy = Duration.seconds([2, 10, 60].randomElement(using: &random) ?? 10)
        var plan = planned(within: busy).sorted { $0.0 < $1.0 }
        plan.append((busy, .calm))
        var now = Duration.zero
        for (time, happening) in plan {
            world.pass(time - now)
            now = time
            perform(happening)
        }
        // Longer than any retransmission, consent, restart or signaling timer of what goes well.
        world.pass(.seconds(240))
        checkOutcome()
        close()
    }

    private func planned(within busy: Duration) -> [(Duration, Happening)] {
        func moment() -> Duration { .milliseconds(Int.random(in: 0...Int(busy / .milliseconds(1)), using: &random)) }
        var plan: [(Duration, Happening)] = [(.zero, .open(Int.random(in: 0...1, using: &random)))]
        for _ in 0..<Int.random(in: 2...14, using: &random) {
            let host = Int.random(in: 0...1, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<4: plan.append((moment(), .open(host)))
            case 4..<12: plan.append((moment(), .send(host)))
            case 12..<14: plan.append((moment(), .closeChannel(host)))
            case 14..<16: plan.append((moment(), .restart(host)))
            case 16: plan.append((moment(), .trouble(conditions())))
            case 17:
                let time = Duration.seconds([1, 4, 12, 25, 45].randomElement(using: &random) ?? 4)
                plan.append((moment(), .silence(host, time)))
            case 18: plan.append((moment(), .breakSignaling(.milliseconds(Int.random(in: 1...8000, using: &random)))))
            default: plan.append((moment(), .trouble(conditions())))
            }
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0: plan.append((moment(), .vanish(Int.random(in: 0...1, using: &random))))
        case 1: plan.append((moment(), .close(Int.random(in: 0...1, using: &random))))
        default: break
        }
        return plan
    }

    private func conditions() -> SimulatedNetwork.Conditions {
        var conditions = SimulatedNetwork.Conditions()
        let least = Int.random(in: 0...100, using: &random)
        let spread = [0, 5, 80].randomElement(using: &random) ?? 0
        conditions.delay = .milliseconds(least)...(.milliseconds(least + spread))
        conditions.lost = [0, 10, 100, 300].randomElement(using: &random) ?? 0
        conditions.doubled = [0, 0, 100].randomElement(using: &random) ?? 0
        conditions.largest = [65_536, 1280, 1500].randomElement(using: &random) ?? 1500
        return conditions
    }

    private func perform(_ happening: Happening) {
        switch happening {
        case .open(let host):
            opened += 1
            hosts[host].open("\(hosts[host].name)\(opened)", options())
        case .send(let host):
            guard let label = channel(of: host) else { return }
            let size = [4, 100, 1200, 5000, 70_000].randomElement(using: &random) ?? 100
            hosts[host].send(Int.random(in: 1...20, using: &random), of: size, on: label)
        case .closeChannel(let host): if let label = channel(of: host) { hosts[host].close(label) }
        case .restart(let host): hosts[host].restartICE()
        case .trouble(let conditions):
            world.say("the network: \(conditions)")
            setConditions(conditions)
        case .calm:
            world.say("calm from here on")
            setConditions(.init())
        case .silence(let host, let time):
            world.say("\(hosts[host].name) is not heard for \(time)")
            outage += time
            world.network.silent.insert(host)
            _ = world.loop.enter {
                world.loop.schedule(after: time) { [self] in
                    if !hosts[host].isVanished { world.network.silent.remove(host) }
                }
            }
        case .breakSignaling(let time):
            world.say("the signaling is broken for \(time)")
            for host in hosts { host.signaling.isBroken = true }
            _ = world.loop.enter {
                world.loop.schedule(after: time) { [self] in
                    for host in hosts where !host.isVanished { host.signaling.reconnect() }
                }
            }
        case .vanish(let host): if !hosts.contains(where: \.isVanished) { hosts[host].vanish() }
        case .close(let host): hosts[host].close()
        }
    }

    private func setConditions(_ conditions: SimulatedNetwork.Conditions) {
        if let since = troubleSince { outage += world.now - since }
        troubleSince = conditions.isHard ? world.now : nil
        world.network.conditions = conditions
    }

    private func channel(of host: Int) -> String? {
        hosts[host].channels.keys.sorted().randomElement(using: &random)
    }

    private func options() -> DataChannelOptions {
        var options = DataChannelOptions()
        options.ordered = Int.random(in: 0..<3, using: &random) > 0
        switch Int.random(in: 0..<6, using: &random) {
        case 0: options.maxRetransmits = UInt16.random(in: 0...2, using: &random)
        case 1: options.maxPacketLifeTime = [50, 1000].randomElement(using: &random)
        default: break
        }
        return options
    }

    func wrong(_ text: String) {
        world.say("WRONG: \(text)")
        violations.append(text)
    }

    // MARK: The end

    /// Closes what is left; then nothing may be left of it.
    private func close() {
        for host in hosts { host.close() }
        world.pass(.seconds(60))
        for host in hosts where !host.isVanished && !host.waiting.isEmpty {
            wrong("\(host.name) still waits for \(host.waiting.keys.sorted())")
        }
        let left = hosts.map { [Leftover($0.connection), Leftover($0.negotiator)] }.joined()
        for host in hosts { host.drop() }
        world.pass(.seconds(120))
        for text in world.leftovers(Array(left)) { wrong(text) }
        for host in hosts where !host.waiting.isEmpty {
            wrong("\(host.name) waits for ever for \(host.waiting.keys.sorted())")
        }
    }
}
