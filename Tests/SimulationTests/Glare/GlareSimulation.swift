import NetworkLoop
import TestSupport
import TransportTypes

@testable import JSEP
@testable import WebRTC

/// Two connections with their negotiators, the signaling between them, and their applications, all driven by one seed. Their
/// paths gather candidates and never connect: what is negotiated is all that matters here.
final class GlareSimulation {
    let seed: UInt64
    let world: World
    let link: GlareLink
    private(set) var ends: [GlareEnd] = []
    private let settings: PerfectNegotiator.Settings
    private let politeEnd: Int
    private var lives = [1, 1]
    /// What each end has last agreed on, on each transport, and what both know of; and what was wrong on the way there.
    private var agreed: [[Int: GlareAgreement]] = [[:], [:]]
    private var shared: [[Int: GlareAgreement]] = [[:], [:]]
    private(set) var faults: [String] = []
    private var exchanges: [[DescriptionID?]] = [[], []]
    /// Answers are waited for longer than all that the signaling does takes, and it tells of each loss.
    private let isPatient: Bool
    /// Both have given up, and somebody has told them that the signaling is there.
    private var wasRevived = false
    /// An offer was replaced by hand, or an end by another: for a while an offer may be one that cannot be taken.
    private(set) var mayRefuse = false
    private let longestDelay: Duration
    private let busyUntil: Duration
    /// Whether there is more than data channels.
    let hasMedia: Bool

    static let eventLimit = 3_000

    init(seed: UInt64, timings: GlareTimings = .ofEnvironment, isTraced: Bool = false) throws {
        self.seed = seed
        world = World(seed: seed, isTraced: isTraced, isDead: true)
        var random = SeededGenerator(seed: seed)
        let kind = GlareLink.Kind.allCases.randomElement(using: &random) ?? .reliable
        let delay = [4, 50, 400].randomElement(using: &random) ?? 50
        longestDelay = .microseconds(Int(max(1, Double(delay) * timings.delays) * 1000))
        busyUntil = world.now + longestDelay * Int.random(in: 2...10, using: &random)
        // The end of candidates that never were names no credentials, so that it does not tell a lost answer.
        world.network.candidates = kind == .leaky ? 1 : Int.random(in: 0...1, using: &random)
        world.network.gathering = .zero...longestDelay
        // From a small part of a round trip to many.
        let patience: Double =
            [0.25, 0.5, 1, 2, 3, 4, 6, 8, 30].randomElement(using: &random) ?? 4
        isPatient = patience == 30 && kind != .leaky && timings.timeouts >= timings.delays
        settings = PerfectNegotiator.Settings(
            answerTimeout: .milliseconds(max(1, Int(Double(delay) * patience * timings.timeouts))))
        politeEnd = Int.random(in: 0...1, using: &random)
        link = GlareLink(kind, in: world, longestDelay: longestDelay, busyUntil: busyUntil)
        hasMedia = Int.random(in: 0..<8, using: &random) == 0
        ends = [try makeEnd(0, Self.policy(seed)), try makeEnd(1, Self.policy(seed / 5))]
        world.loop.enter {
            planActions(from: hasMedia ? ApplicationAction.withMedia : ApplicationAction.onData, &random)
        }
        world.say("seed \(seed): \(kind), delays up to \(longestDelay), \(ends[politeEnd].name) is polite, \(settings)")
    }

    private func makeEnd(_ index: Int, _ policy: BundlePolicy) throws -> GlareEnd {
        try GlareEnd(
            index, life: lives[index], in: world, over: link, polite: index == politeEnd, settings: settings, policy)
    }

    private static func policy(_ seed: UInt64) -> BundlePolicy {
        let all = BundlePolicy.allCases
        return all[Int(seed % UInt64(all.count))]
    }

    private func planActions(from choice: [ApplicationAction], _ random: inout SeededGenerator) {
        func plan(_ end: Int, after time: Duration) {
            let action = ApplicationAction.random(of: choice, using: &random)
            _ = world.loop.schedule(after: time) { [unowned self] in act(action, at: end) }
        }
        let busy = Int((busyUntil - world.now) / .microseconds(1))
        for _ in 0..<([1, 1, 1, 2, 2, 4].randomElement(using: &random) ?? 1) {
            let time = Duration.microseconds(Int.random(in: 0...busy, using: &random))
            let end = Int.random(in: 0...1, using: &random)
            plan(end, after: time)
            // Collisions need both to act at nearly the same time.
            if Bool.random(using: &random) { plan(1 - end, after: time + link.randomDelay()) }
        }
        guard link.kind == .breaking || link.kind == .holding else { return }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let time = Duration.microseconds(Int.random(in: 0...busy, using: &random))
            _ = world.loop.schedule(after: time) { [unowned self] in link.breakNow() }
        }
    }

    /// Runs until nothing more would ever happen. False if that does not come.
    func run() -> Bool {
        for _ in 0..<Self.eventLimit {
            world.loop.runUntilIdle()
            for end in 0...1 { compareAgreements(of: end) }
            guard world.step() else {
                if revive() { continue }
                return true
            }
            guard isPatient, !mayRefuse else { continue }
            for end in ends where end.core.nextDeadline.map({ $0 <= world.now }) ?? false {
                faults.append("\(end.name) waited, though no loss went unheard")
            }
        }
        return false
    }

    /// Lets go of the ends; nothing may be left of them.
    func end() -> [String] {
        for end in ends { end.end() }
        let left = ends.flatMap { [Leftover($0.connection), Leftover($0.negotiator)] }
        ends = []
        for _ in 0..<100 where world.step() { world.loop.runUntilIdle() }
        return world.leftovers(left)
    }

    /// An end that has given up waits for a sign, which comes once.
    private func revive() -> Bool {
        guard !wasRevived, ends.contains(where: { $0.core.hasGivenUp }) else { return false }
        wasRevived = true
        world.loop.enter {
            for end in 0...1 { link.reconnect(end, after: max(.zero, busyUntil - world.now) + link.randomDelay()) }
        }
        return true
    }

    private func act(_ action: ApplicationAction, at end: Int) {
        world.say("\(ends[end].name): the application: \(action)")
        if action == .offerByHand || action == .replace { mayRefuse = true }
        if action == .replace { replace(end) }
        // An error is the application's to deal with; the negotiation is as before.
        try? (action == .replace ? .createChannel : action).perform(on: ends[end], using: &world.random)
    }

    /// The program at this end begins anew, and knows nothing of before.
    private func replace(_ end: Int) {
        lives[end] += 1
        ends[end].end()
        guard let another = try? makeEnd(end, Self.policy(seed)) else { return faults.append("no other end") }
        ends[end] = another
        (agreed, shared) = ([[:], [:]], [[:], [:]])
        // Taking an offer that was meant for another, and that its maker has taken back since, cannot be mended where it
        // has other sections than what they agree on then (Docs/Negotiation.md, known limits).
        if hasMedia { link.forget(to: end) }
    }

    /// From one agreement that both ends know of to the next, ICE is restarted by both or by none, and the parts in DTLS
    /// stay (RFC 8839 §4.4.1, RFC 8842 §5.3).
    private func compareAgreements(of end: Int) {
        guard ends[end].connection.signalingState == .stable else { return }
        let exchange = ends[end].perform { [$0.negotiation.currentLocal?.id, $0.negotiation.currentRemote?.id] }
        guard exchange != exchanges[end] else { return }
        exchanges[end] = exchange
        let agreements = ends[end].perform { connection in
            connection.plan.transports.compactMap { planned in
                planned.agreement.map { (planned.id, GlareAgreement($0)) }
            }
        }
        for (id, now) in agreements {
            agreed[end][id] = now
            guard agreed[1 - end].values.contains(where: now.isKnown) else { continue }
            if let before = shared[end][id] {
                if (before.ours == now.ours) != (before.theirs == now.theirs) {
                    faults.append("\(ends[end].name): one end has restarted ICE alone: \(before), then \(now)")
                }
                if before.role != now.role { faults.append("\(ends[end].name)'s part in DTLS has changed") }
            }
            shared[end][id] = now
        }
    }
}

/// Who talks to whom on a transport, once an exchange is complete.
struct GlareAgreement: Equatable, Sendable {
    let ours: String
    let theirs: String
    let role: String

    init(_ agreement: TransportAgreement) {
        ours = agreement.local.credentials.usernameFragment
        theirs = agreement.remote.credentials.usernameFragment
        role = "\(agreement.role)"
    }

    /// Whether the other end means the same.
    func isKnown(as other: GlareAgreement) -> Bool { ours == other.theirs && theirs == other.ours }
}
