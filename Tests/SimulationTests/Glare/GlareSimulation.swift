import TestSupport

import TransportTypes

@testable import JSEP

/// Two ends, the signaling between them, and their applications, all driven by one seed. The same seed does the same.
struct GlareSimulation {
    /// How the signaling treats messages while the applications are busy. The order of one direction stays.
    enum Link: CaseIterable {
        case reliable
        /// It breaks now and then: what is under way is lost, and each end hears of it when it is back.
        case breaking
        /// It breaks too, but what is under way arrives when it is back, with what is sent again.
        case holding
        /// It loses single messages, and nobody hears of it.
        case leaky
        /// It brings some messages twice, the copy at any time.
        case repeating
    }

    enum Happening {
        case deliver(SignalingPayload)
        case wake
        case time
        case gathered(fragment: String, number: Int)
        case act(ApplicationAction)
        case breakLink
        case reconnected

        var isDelivery: Bool { if case .deliver = self { true } else { false } }
    }

    struct Entry {
        var time: Int
        var order: Int
        let end: Int
        /// Which of the instances that an end has had; messages come to whichever is there.
        let life: Int
        let happening: Happening
    }

    let seed: UInt64
    let link: Link
    private(set) var ends: [SimulatedEnd]
    private(set) var cores: [NegotiatorCore]
    let log: Log?
    var random: SeededGenerator
    var queue: [Entry] = []
    var now = 0
    private var order = 0
    private var lives = [1, 1]
    var lastArrival = [0, 0]
    private var deadlines: [Duration?] = [nil, nil]
    /// What each end has last agreed on, on each transport, and what both know of; and what was wrong on the way there.
    private var agreed: [[Int: Agreement]] = [[:], [:]]
    private var shared: [[Int: Agreement]] = [[:], [:]]
    private(set) var faults: [String] = []
    /// Answers are waited for longer than all that the signaling does takes, and it tells of each loss.
    private let isPatient: Bool
    /// Both have given up, and somebody has told them that the signaling is there.
    private var wasRevived = false
    /// An offer was replaced by hand, or an end by another: for a while an offer may be one that cannot be taken.
    private(set) var mayRefuse = false
    let longestDelay: Int
    let busyUntil: Int
    private let candidateCount: Int
    /// Whether there is more than data channels.
    private let hasMedia: Bool
    private let table: DocumentTable

    static let eventLimit = 3_000

    init(seed: UInt64, timings: GlareTimings = .ofEnvironment, isTraced: Bool = false) throws {
        self.seed = seed
        log = isTraced ? Log() : nil
        random = SeededGenerator(seed: seed)
        link = Link.allCases.randomElement(using: &random) ?? .reliable
        let delay = [4, 50, 400].randomElement(using: &random) ?? 50
        longestDelay = max(1, Int(Double(delay) * timings.delays))
        busyUntil = longestDelay * Int.random(in: 2...10, using: &random)
        candidateCount = Int.random(in: 0...1, using: &random)
        // From a small part of a round trip to many.
        let patience: Double =
            [0.25, 0.5, 1, 2, 3, 4, 6, 8, 30].randomElement(using: &random) ?? 4
        isPatient = patience == 30 && link != .leaky && timings.timeouts >= timings.delays
        let settings = NegotiatorCore.Settings(
            answerTimeout: .milliseconds(max(1, Int(Double(delay) * patience * timings.timeouts))))
        let politeEnd = Int.random(in: 0...1, using: &random)
        table = DocumentTable(writesText: seed % 32 == 0)
        ends = [SimulatedEnd("A", table, Self.policy(seed)), SimulatedEnd("B", table, Self.policy(seed / 5))]
        cores = (0...1).map { NegotiatorCore(isPolite: $0 == politeEnd, settings: settings) }
        hasMedia = Int.random(in: 0..<8, using: &random) == 0
        planActions(from: hasMedia ? ApplicationAction.withMedia : ApplicationAction.onData)
        say { "seed \(seed): \(link), delays up to \(longestDelay) ms, \(ends[politeEnd].name) is polite, \(settings)" }
    }

    private mutating func planActions(from choice: [ApplicationAction]) {
        for _ in 0..<([1, 1, 1, 2, 2, 4].randomElement(using: &random) ?? 1) {
            let time = Int.random(in: 0...busyUntil, using: &random)
            let end = Int.random(in: 0...1, using: &random)
            add(.act(.random(of: choice, using: &random)), to: end, at: time)
            // Collisions need both to act at nearly the same time.
            if Bool.random(using: &random) {
                add(.act(.random(of: choice, using: &random)), to: 1 - end, at: time + randomDelay())
            }
        }
        guard link == .breaking || link == .holding else { return }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            add(.breakLink, to: 0, at: Int.random(in: 0...busyUntil, using: &random))
        }
    }

    /// Runs until nothing more would ever happen. False if that does not come.
    mutating func run() -> Bool {
        for _ in 0..<Self.eventLimit {
            guard let next = nextIndex() else { return true }
            let entry = queue.remove(at: next)
            now = entry.time
            handle(entry)
        }
        return false
    }

    /// The next that happens. An end that has given up waits for a sign, which comes once.
    private mutating func nextIndex() -> Int? {
        if queue.isEmpty, !wasRevived, cores.contains(where: \.hasGivenUp) {
            wasRevived = true
            for end in 0...1 { add(.reconnected, to: end, at: max(now, busyUntil) + randomDelay()) }
        }
        var best: Int?
        for index in queue.indices {
            guard let known = best else {
                best = index
                continue
            }
            let isEarlier =
                queue[index].time == queue[known].time
                ? queue[index].order < queue[known].order : queue[index].time < queue[known].time
            if isEarlier { best = index }
        }
        return best
    }

    private mutating func handle(_ entry: Entry) {
        let end = entry.end
        switch entry.happening {
        case .deliver(let payload): tell(end, .received(payload), "gets \(payload.short)")
        case .act(let action): act(action, at: end)
        case .breakLink: breakLink()
        case .reconnected: tell(end, .reconnected, "has reconnected")
        case .wake, .time, .gathered:
            guard entry.life == lives[end] else { return }
            switch entry.happening {
            case .wake: tell(end, .wake, nil)
            case .gathered(let fragment, let number): gathered(fragment, number, by: end)
            default:
                guard let deadline = cores[end].nextDeadline, deadline <= .milliseconds(now) else { return }
                deadlines[end] = nil
                if isPatient, !mayRefuse { faults.append("\(ends[end].name) waited, though no loss went unheard") }
                tell(end, .time, "has waited long enough")
            }
        }
    }

    private mutating func act(_ action: ApplicationAction, at end: Int) {
        say { "\(ends[end].name): the application: \(action)" }
        if action == .offerByHand || action == .replace { mayRefuse = true }
        if action == .replace { replace(end) }
        // An error is the application's to deal with; the negotiation is as before.
        try? (action == .replace ? .createChannel : action).perform(on: &ends[end], using: &random)
        follow(end)
    }

    private static func policy(_ seed: UInt64) -> BundlePolicy {
        let all = BundlePolicy.allCases
        return all[Int(seed % UInt64(all.count))]
    }

    /// The program at this end begins anew, and knows nothing of before.
    private mutating func replace(_ end: Int) {
        lives[end] += 1
        ends[end] = SimulatedEnd(end == 0 ? "A" : "B", life: lives[end], table, Self.policy(seed))
        cores[end] = NegotiatorCore(isPolite: cores[end].isPolite, settings: cores[end].settings)
        deadlines[end] = nil
        (agreed, shared) = ([[:], [:]], [[:], [:]])
        // Taking an offer that was meant for another, and that its maker has taken back since, cannot be mended where it
        // has other sections than what they agree on then (Docs/Negotiation.md, known limits).
        if hasMedia { queue.removeAll { $0.end == end && $0.happening.isDelivery } }
    }

    private mutating func tell(_ end: Int, _ event: NegotiatorCore.Event, _ text: @autoclosure () -> String?) {
        if log != nil, let text = text() { say { "\(ends[end].name) \(text)" } }
        cores[end].run(event, at: .milliseconds(now), on: &ends[end])
        follow(end)
    }

    /// What a change of an end leads to.
    private mutating func follow(_ end: Int) {
        if log != nil, !ends[end].actions.isEmpty {
            say { "  \(ends[end].name): \(ends[end].actions.map(\.short).joined(separator: ", ")) -> \(summary(end))" }
        }
        if ends[end].actions.contains(where: \.isExchange) { compareAgreements(of: end) }
        ends[end].actions = []
        for payload in ends[end].outgoing { send(payload, from: end) }
        ends[end].outgoing = []
        if ends[end].mustWake {
            ends[end].mustWake = false
            add(.wake, to: end, at: now + Int.random(in: 0...2, using: &random))
        }
        let fragments = ends[end].mustGather
        ends[end].mustGather = []
        for fragment in fragments {
            var time = now
            for number in 0...candidateCount {
                time += randomDelay()
                add(.gathered(fragment: fragment, number: number), to: end, at: time)
            }
        }
        if let deadline = cores[end].nextDeadline, deadline != deadlines[end] {
            add(.time, to: end, at: max(now, Int((deadline / .milliseconds(1)).rounded(.up))))
        }
        deadlines[end] = cores[end].nextDeadline
    }

    /// From one agreement that both ends know of to the next, ICE is restarted by both or by none, and the parts in DTLS
    /// stay (RFC 8839 §4.4.1, RFC 8842 §5.3).
    private mutating func compareAgreements(of end: Int) {
        let negotiation = ends[end].negotiation
        guard negotiation.signalingState == .stable else { return }
        for id in negotiation.transportIDs {
            guard let now = negotiation.agreement(on: id).map(Agreement.init) else { continue }
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

    private mutating func gathered(_ fragment: String, _ number: Int, by end: Int) {
        guard ends[end].announced.contains(fragment), ends[end].negotiation.signalingState != .closed else { return }
        let line =
            number == candidateCount
            ? nil : "candidate:\(number) 1 udp 2122260223 192.0.2.\(end + 1) \(5000 + number) typ host"
        guard let place = ends[end].negotiation.addLocal(candidate: line, usernameFragment: fragment) else { return }
        send(
            .candidate(ICECandidateInit(candidate: line ?? "", sdpMid: place.mid, usernameFragment: fragment)),
            from: end)
    }

    mutating func randomDelay() -> Int { Int.random(in: 0...longestDelay, using: &random) }

    mutating func add(_ happening: Happening, to end: Int, at time: Int) {
        order += 1
        queue.append(Entry(time: time, order: order, end: end, life: lives[end], happening: happening))
    }
}

/// Who talks to whom on a transport, once an exchange is complete.
private struct Agreement: Equatable {
    let ours: String
    let theirs: String
    let role: String

    init(_ agreement: TransportAgreement) {
        ours = agreement.local.credentials.usernameFragment
        theirs = agreement.remote.credentials.usernameFragment
        role = "\(agreement.role)"
    }

    /// Whether the other end means the same.
    func isKnown(as other: Agreement) -> Bool { ours == other.theirs && theirs == other.ours }
}
