import TestSupport

@testable import WebRTC

/// Two ends, the signaling between them, and their applications, all driven by one seed. The same seed does the same.
struct GlareSimulation {
    /// How the signaling treats messages while the applications are busy. The order of one direction stays.
    enum Link: CaseIterable {
        case reliable
        /// It breaks now and then: what is under way is lost, and each end hears of it when it is back.
        case breaking
        /// It loses single messages, and nobody hears of it.
        case leaky
    }

    private enum Happening {
        case deliver(SignalingPayload, life: Int)
        case wake
        case time
        case gathered(fragment: String, number: Int)
        case act(ApplicationAction)
        case breakLink
        case reconnected
    }

    private struct Entry {
        let time: Int
        let order: Int
        let end: Int
        let happening: Happening
    }

    let seed: UInt64
    let link: Link
    private(set) var ends: [SimulatedEnd]
    private(set) var cores: [NegotiatorCore]
    private let log: Log?
    private var random: SeededGenerator
    private var queue: [Entry] = []
    private var now = 0
    private var order = 0
    /// Messages of an earlier life of the link are lost.
    private var life = 0
    private var lastArrival = [0, 0]
    private var deadlines: [Duration?] = [nil, nil]
    /// An offer was taken back because its answer took too long, or was refused: the ends may have differed for a while.
    private(set) var hadRollback = false
    private let longestDelay: Int
    private let busyUntil: Int
    private let candidateCount: Int

    static let eventLimit = 3_000

    init(seed: UInt64, isTraced: Bool = false) throws {
        self.seed = seed
        log = isTraced ? Log() : nil
        random = SeededGenerator(seed: seed)
        link = Link.allCases.randomElement(using: &random) ?? .reliable
        longestDelay = [4, 50, 400].randomElement(using: &random) ?? 50
        busyUntil = longestDelay * Int.random(in: 2...10, using: &random)
        candidateCount = Int.random(in: 0...1, using: &random)
        let settings = NegotiatorCore.Settings(
            answerTimeout: .milliseconds(longestDelay * ([3, 4, 6, 8].randomElement(using: &random) ?? 4)),
            resends: Int.random(in: 1...3, using: &random))
        let politeEnd = Int.random(in: 0...1, using: &random)
        let table = DocumentTable(writesText: seed % 16 == 0)
        ends = [try SimulatedEnd("A", table), try SimulatedEnd("B", table)]
        cores = (0...1).map { NegotiatorCore(isPolite: $0 == politeEnd, settings: settings) }
        planActions(
            from: Int.random(in: 0..<8, using: &random) == 0 ? ApplicationAction.allCases : ApplicationAction.onData)
        say { "seed \(seed): \(link), delays up to \(longestDelay) ms, \(ends[politeEnd].name) is polite, \(settings)" }
    }

    private mutating func planActions(from choice: [ApplicationAction]) {
        for _ in 0..<([1, 1, 1, 2, 2, 4].randomElement(using: &random) ?? 1) {
            let time = Int.random(in: 0...busyUntil, using: &random)
            let end = Int.random(in: 0...1, using: &random)
            add(.act(.random(of: choice, using: &random)), to: end, at: time)
            // Collisions need both to act at nearly the same time.
            if Bool.random(using: &random) {
                add(
                    .act(.random(of: choice, using: &random)), to: 1 - end,
                    at: time + Int.random(in: 0...longestDelay, using: &random))
            }
        }
        guard link == .breaking else { return }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            add(.breakLink, to: 0, at: Int.random(in: 0...busyUntil, using: &random))
        }
    }

    /// Runs until nothing more would ever happen. False if that does not come.
    mutating func run() -> Bool {
        for _ in 0..<Self.eventLimit {
            guard
                let next = queue.indices.min(by: {
                    (queue[$0].time, queue[$0].order) < (queue[$1].time, queue[$1].order)
                })
            else { return true }
            let entry = queue.remove(at: next)
            now = entry.time
            handle(entry)
        }
        return false
    }

    private mutating func handle(_ entry: Entry) {
        let end = entry.end
        switch entry.happening {
        case .deliver(let payload, let sent):
            guard sent == life else {
                say { "  lost: \(payload.short)" }
                return
            }
            tell(end, .received(payload), "gets \(payload.short)")
        case .wake: tell(end, .wake, nil)
        case .time:
            guard let deadline = cores[end].nextDeadline, deadline <= .milliseconds(now) else { return }
            deadlines[end] = nil
            tell(end, .time, "has waited long enough")
        case .gathered(let fragment, let number): gathered(fragment, number, by: end)
        case .act(let action):
            say { "\(ends[end].name): the application: \(action)" }
            // An error is the application's to deal with; the negotiation is as before.
            try? action.perform(on: &ends[end], using: &random)
            follow(end)
        case .breakLink:
            life += 1
            say { "the link breaks" }
            for end in 0...1 { add(.reconnected, to: end, at: now + Int.random(in: 0...longestDelay, using: &random)) }
        case .reconnected: tell(end, .reconnected, "has reconnected")
        }
    }

    private mutating func tell(_ end: Int, _ event: NegotiatorCore.Event, _ text: @autoclosure () -> String?) {
        if log != nil, let text = text() { say { "\(ends[end].name) \(text)" } }
        cores[end].run(event, at: .milliseconds(now), on: &ends[end])
        follow(end)
    }

    /// What a change of an end leads to.
    private mutating func follow(_ end: Int) {
        if !ends[end].actions.isEmpty {
            say { "  \(ends[end].name): \(ends[end].actions.map(\.short).joined(separator: ", ")) -> \(summary(end))" }
        }
        hadRollback = hadRollback || ends[end].actions.contains(.rollBack)
        ends[end].actions = []
        for payload in ends[end].outgoing { send(payload, from: end) }
        ends[end].outgoing = []
        if ends[end].mustWake {
            ends[end].mustWake = false
            add(.wake, to: end, at: now + Int.random(in: 0...2, using: &random))
        }
        if ends[end].mustGather, let fragment = ends[end].announced {
            ends[end].mustGather = false
            var time = now
            for number in 0...candidateCount {
                time += Int.random(in: 0...longestDelay, using: &random)
                add(.gathered(fragment: fragment, number: number), to: end, at: time)
            }
        }
        if let deadline = cores[end].nextDeadline, deadline != deadlines[end] {
            add(.time, to: end, at: max(now, Int(deadline / .milliseconds(1))))
        }
        deadlines[end] = cores[end].nextDeadline
    }

    private mutating func gathered(_ fragment: String, _ number: Int, by end: Int) {
        guard ends[end].announced == fragment, ends[end].negotiation.signalingState != .closed else { return }
        let line =
            number == candidateCount
            ? nil : "candidate:\(number) 1 udp 2122260223 192.0.2.\(end + 1) \(5000 + number) typ host"
        for place in ends[end].negotiation.addLocal(candidate: line, ufrag: fragment) {
            send(
                .candidate(ICECandidateInit(candidate: line ?? "", sdpMid: place.mid, usernameFragment: fragment)),
                from: end)
        }
    }

    private mutating func send(_ payload: SignalingPayload, from end: Int) {
        if link == .leaky, now < busyUntil, Int.random(in: 0..<4, using: &random) == 0 {
            say { "  lost on the way from \(ends[end].name): \(payload.short)" }
            return
        }
        let arrival = max(lastArrival[end], now + Int.random(in: 0...longestDelay, using: &random))
        lastArrival[end] = arrival
        add(.deliver(payload, life: life), to: 1 - end, at: arrival)
    }

    private mutating func add(_ happening: Happening, to end: Int, at time: Int) {
        order += 1
        queue.append(Entry(time: time, order: order, end: end, happening: happening))
    }

    // MARK: For people

    /// What happened; empty unless it was asked for.
    var trace: [String] { log?.lines ?? [] }

    private final class Log {
        var lines: [String] = []
    }

    private func say(_ text: () -> String) {
        log?.lines.append("\(now) ms  \(text())")
    }

    private func summary(_ end: Int) -> String {
        let negotiation = ends[end].negotiation
        let ours = negotiation.localTransport?.credentials.usernameFragment ?? "-"
        let theirs = negotiation.remoteTransport?.credentials.usernameFragment ?? "-"
        return "\(negotiation.signalingState.rawValue), local \(ours), remote \(theirs)"
            + (negotiation.isNegotiationNeeded ? ", needs an offer" : "")
            + (cores[end].needsRepair ? ", needs repair" : "")
    }
}

extension SignalingPayload {
    /// In a few words.
    fileprivate var short: String {
        switch self {
        case .description(let description, let answers):
            "\(description.type.rawValue) \(DescriptionID(ofText: description.sdp)?.description ?? "?")"
                + (answers.map { " to \($0)" } ?? "")
        case .candidate(let candidate):
            "candidate \(candidate?.candidate.split(separator: " ").first ?? "end") of \(candidate?.usernameFragment ?? "?")"
        }
    }
}

extension NegotiatorCore.Action {
    /// In a few words.
    fileprivate var short: String {
        switch self {
        case .answer: "set offer, answer"
        case .take: "set answer"
        case .add: "add candidate"
        default: "\(self)"
        }
    }
}
