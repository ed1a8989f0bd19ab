package import Election
internal import SeededRandom

/// Nodes with links between them, that are started, killed, stopped, cut off and told late, driven by one seed and no
/// clock. What happens is written down in a ``GroupHistory``; nothing is judged here.
package struct GroupWorld {
    package enum Happening {
        case tick(Int, version: Int)
        case message(ElectionMessage, from: Int, to: Int, link: Int)
        case linkUp(Int, Int)
        /// At the end of the first only; the other has one of its own.
        case linkDown(Int, Int, link: Int)
        case seen(Int, by: Int)
        /// The announcement of one of its lives is gone.
        case vanished(Int, by: Int, life: Int)
        case doubted(Int, by: Int)
        case step(GroupScenario.Step)
    }

    private struct Event {
        var time: Int
        var order: Int
        var happening: Happening
    }

    private struct Node {
        var contender: Contender
        var election: LeaderElection?
        var isPaused = false
        var side = 0
        var version = 0
        /// How often it was started.
        var life = 0
        /// What came while it was stopped.
        var held: [Happening] = []
        /// Its end of the link to each other node, by number; 0 for none.
        var links: [Int]
        /// Since when it has that.
        var linkedSince: [Int?]
        /// No message of one link overtakes another.
        var lastArrival: [Int]
    }

    package private(set) var now = 0
    package private(set) var history = GroupHistory()
    private var nodes: [Node]
    private var events: [Event] = []
    private var order = 0
    private var lastLink = 0
    private var lossInPercent = 0
    private var random: SeededGenerator
    /// What happened, for people; empty unless it was asked for.
    package private(set) var trace: [String] = []
    private let isTraced: Bool

    /// - Parameter seed: the same does the same.
    package init(_ contenders: [Contender], seed: UInt64, isTraced: Bool = false) {
        self.isTraced = isTraced
        random = SeededGenerator(seed: seed)
        let none = Array(repeating: 0, count: contenders.count)
        nodes = contenders.map {
            Node(contender: $0, links: none, linkedSince: none.map { _ in nil }, lastArrival: none)
        }
    }

    // MARK: What is so

    package var count: Int { nodes.count }
    package var running: [Int] { nodes.indices.filter { nodes[$0].election != nil } }

    /// Who should lead, now that all hear each other.
    package var best: ContenderID? { running.map { nodes[$0].contender }.max { $0.ballot < $1.ballot }?.id }

    /// Who leads by each that runs, and in which term.
    package var leaders: [(leader: ContenderID?, term: Term)] {
        running.compactMap { nodes[$0].election }.map { ($0.leader?.id, $0.term) }
    }

    // MARK: Time

    package mutating func add(_ happening: Happening, after delay: Int) {
        order += 1
        events.append(Event(time: now + delay, order: order, happening: happening))
        var child = events.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            events.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (events[left].time, events[left].order) < (events[right].time, events[right].order)
    }

    private mutating func next(before end: Int) -> Event? {
        guard let first = events.first, first.time <= end else { return nil }
        let last = events.removeLast()
        if !events.isEmpty {
            events[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < events.count && isBefore(child, least) {
                    least = child
                }
                if least == parent { break }
                events.swapAt(parent, least)
                parent = least
            }
        }
        return first
    }

    /// Lets time pass, in milliseconds.
    package mutating func run(_ time: Int) {
        let end = now + time
        while let event = next(before: end) {
            now = max(now, event.time)
            handle(event.happening)
        }
        now = end
    }

    private mutating func handle(_ happening: Happening) {
        switch happening {
        case .tick(let node, let version):
            guard nodes[node].version == version else { return }
            give(happening, to: node) { $0.advance(to: $1) }
        case .message(let message, let from, let to, let link):
            guard nodes[to].links[from] == link else { return }
            let id = nodes[from].contender.id
            give(happening, to: to) { $0.received(message, from: id, at: $1) }
        case .linkUp(let left, let right): connect(left, right)
        case .linkDown(let node, let other, let link):
            guard nodes[node].links[other] == link else { return }
            if !nodes[node].isPaused { unlink(node, other) }
            let id = nodes[other].contender.id
            give(happening, to: node) { $0.linkClosed(to: id, at: $1) }
        case .seen(let other, let node):
            let contender = nodes[other].contender
            give(happening, to: node) { $0.contenderSeen(contender, at: $1) }
        case .vanished(let other, let node, let life):
            guard nodes[other].life == life else { return }
            let id = nodes[other].contender.id
            give(happening, to: node) { $0.contenderVanished(id, at: $1) }
        case .doubted(let other, let node):
            let id = nodes[other].contender.id
            give(happening, to: node) { $0.contenderDoubted(id, at: $1) }
        case .step(let step): take(step)
        }
    }

    private mutating func give(
        _ happening: Happening, to node: Int, _ input: (inout LeaderElection, Duration) -> [LeaderElection.Action]
    ) {
        guard var election = nodes[node].election else { return }
        if isTraced {
            trace.append("\(now) \(node)\(nodes[node].isPaused ? " stopped" : ""): \(happening)")
        }
        if nodes[node].isPaused { return nodes[node].held.append(happening) }
        nodes[node].election = nil
        let actions = input(&election, .milliseconds(now))
        nodes[node].version += 1
        if let deadline = election.nextDeadline {
            let delay = max(1, Int(deadline / .milliseconds(1)) - now) + Int.random(in: 0...3, using: &random)
            add(.tick(node, version: nodes[node].version), after: delay)
        }
        nodes[node].election = election
        for action in actions {
            if isTraced { trace.append("\(now) \(node) does \(described(action))") }
            switch action {
            case .leaderChanged(let leader, let term):
                history.changes.append(.init(time: now, node: node, leader: leader.id, term: term))
                if leader.id == nodes[node].contender.id, term.leader == leader.id {
                    history.claims.append(
                        .init(time: now, node: node, number: term.number, links: nodes[node].linkedSince))
                }
            case .send(let message, let id):
                guard let to = nodes.firstIndex(where: { $0.contender.id == id }) else { continue }
                send(message, from: node, to: to)
            }
        }
    }

    private func described(_ action: LeaderElection.Action) -> String {
        func number(_ id: ContenderID) -> String { nodes.firstIndex { $0.contender.id == id }.map(String.init) ?? "?" }
        return switch action {
        case .leaderChanged(let leader, let term):
            "follow \(number(leader.id)) in \(term), of \(term.leader.map(number) ?? "nobody")"
        case .send(let message, let to): "say \(message.kind) \(message.number) to \(number(to))"
        }
    }

    // MARK: Network

    private func areTogether(_ left: Int, _ right: Int) -> Bool {
        left != right && nodes[left].side == nodes[right].side && nodes[left].election != nil
            && nodes[right].election != nil
    }

    /// Links lose nothing while they last: what is lost is sent again, and what follows it waits.
    private mutating func send(_ message: ElectionMessage, from: Int, to: Int) {
        let link = nodes[from].links[to]
        guard link != 0 else { return }
        var delay = Int.random(in: 1...12, using: &random)
        if lossInPercent > 0, Int.random(in: 0..<100, using: &random) < lossInPercent {
            delay += Int.random(in: 200...1_000, using: &random)
        }
        guard nodes[from].side == nodes[to].side else {
            return add(.message(message, from: from, to: to, link: link), after: 60_000)
        }
        let arrival = max(now + delay, nodes[to].lastArrival[from])
        nodes[to].lastArrival[from] = arrival
        add(.message(message, from: from, to: to, link: link), after: arrival - now)
    }

    private mutating func connect(_ left: Int, _ right: Int) {
        guard areTogether(left, right), nodes[left].links[right] == 0 || nodes[right].links[left] == 0 else { return }
        guard !nodes[left].isPaused, !nodes[right].isPaused else { return add(.linkUp(left, right), after: 500) }
        lastLink += 1
        for (node, other) in [(left, right), (right, left)] {
            let id = nodes[other].contender.id
            if nodes[node].links[other] != 0 {
                unlink(node, other)
                give(.tick(node, version: -1), to: node) { $0.linkClosed(to: id, at: $1) }
            }
        }
        (nodes[left].links[right], nodes[right].links[left]) = (lastLink, lastLink)
        (nodes[left].linkedSince[right], nodes[right].linkedSince[left]) = (now, now)
        for (node, other) in [(left, right), (right, left)] {
            let contender = nodes[other].contender
            // The first word over a link says who is there.
            give(.tick(node, version: -1), to: node) { $0.contenderSeen(contender, at: $1) }
            give(.tick(node, version: -1), to: node) { $0.linkOpened(to: contender.id, at: $1) }
        }
    }

    private mutating func unlink(_ node: Int, _ other: Int) {
        nodes[node].links[other] = 0
        nodes[node].linkedSince[other] = nil
    }

    /// Both find each other, sooner or later.
    private mutating func meet(_ left: Int, _ right: Int) {
        guard areTogether(left, right) else { return }
        add(.seen(left, by: right), after: Int.random(in: 1...700, using: &random))
        add(.seen(right, by: left), after: Int.random(in: 1...700, using: &random))
        add(.linkUp(left, right), after: Int.random(in: 20...1_200, using: &random))
    }

    /// Both ends notice that nothing comes any more, each at its time.
    private mutating func dropLink(_ node: Int, _ other: Int, within: ClosedRange<Int>) {
        let link = nodes[node].links[other]
        guard link != 0 else { return }
        add(.linkDown(node, other, link: link), after: Int.random(in: within, using: &random))
    }

    // MARK: Steps

    package mutating func take(_ step: GroupScenario.Step) {
        if isTraced { trace.append("\(now) \(step)") }
        switch step {
        case .start(let node): start(node)
        case .kill(let node, let isNoticed): kill(node, isNoticed: isNoticed)
        case .pause(let node): nodes[node].isPaused = true
        case .resume(let node): resume(node)
        case .split(let sides): split(sides)
        case .lose(let percent): lossInPercent = percent
        case .doubt(let node):
            // A connection to somebody broke, such as the one to the leader's server.
            for other in nodes.indices where other != node {
                add(.doubted(node, by: other), after: Int.random(in: 0...30, using: &random))
            }
        case .flap(let node):
            for other in nodes.indices where areTogether(node, other) {
                add(.vanished(node, by: other, life: nodes[node].life), after: Int.random(in: 0...50, using: &random))
                add(.seen(node, by: other), after: Int.random(in: 300...900, using: &random))
            }
        }
    }

    private mutating func start(_ node: Int) {
        guard nodes[node].election == nil else { return }
        // It starts later than before, and has the same id.
        if nodes[node].life > 0 { nodes[node].contender.priority.startTime += 1 }
        nodes[node].isPaused = false
        nodes[node].held = []
        nodes[node].version += 1
        nodes[node].life += 1
        history.restarts.append(.init(time: now, node: node))
        nodes[node].election = LeaderElection(own: nodes[node].contender, at: .milliseconds(now))
        give(.tick(node, version: -1), to: node) { $0.advance(to: $1) }
        for other in nodes.indices { meet(node, other) }
    }

    private mutating func kill(_ node: Int, isNoticed: Bool) {
        guard nodes[node].election != nil else { return }
        nodes[node].election = nil
        nodes[node].isPaused = false
        for other in nodes.indices where nodes[other].election != nil {
            unlink(node, other)
            dropLink(other, node, within: isNoticed ? 5...3_000 : 3_000...8_000)
            guard isNoticed else {
                add(
                    .vanished(node, by: other, life: nodes[node].life),
                    after: Int.random(in: 2_000...9_000, using: &random))
                continue
            }
            add(.doubted(node, by: other), after: Int.random(in: 1...10, using: &random))
            add(.vanished(node, by: other, life: nodes[node].life), after: Int.random(in: 20...2_000, using: &random))
        }
    }

    private mutating func resume(_ node: Int) {
        guard nodes[node].isPaused else { return }
        nodes[node].isPaused = false
        var held = nodes[node].held
        nodes[node].held = []
        // Its timers may be quicker than its sockets.
        if Bool.random(using: &random) { give(.tick(node, version: -1), to: node) { $0.advance(to: $1) } }
        while !held.isEmpty { handle(held.removeFirst()) }
        give(.tick(node, version: -1), to: node) { $0.advance(to: $1) }
    }

    private mutating func split(_ sides: [Int]) {
        let old = nodes.map(\.side)
        history.sides.append(.init(time: now, sides: sides))
        for node in nodes.indices { nodes[node].side = sides[node] }
        for left in nodes.indices {
            for right in nodes.indices where left != right {
                let (was, isNow) = (old[left] == old[right], sides[left] == sides[right])
                if was, !isNow {
                    dropLink(left, right, within: 3_000...12_000)
                    let time = Int.random(in: 1_000...5_000, using: &random)
                    add(.vanished(right, by: left, life: nodes[right].life), after: time)
                } else if !was, isNow, left < right {
                    // A link that nobody has missed goes on, where it stands.
                    if nodes[left].links[right] != 0 { dropLink(left, right, within: 10...3_000) }
                    if nodes[right].links[left] != 0 { dropLink(right, left, within: 10...3_000) }
                    meet(left, right)
                    add(.linkUp(left, right), after: 3_200)
                    add(.seen(left, by: right), after: 5_100)
                    add(.seen(right, by: left), after: 5_100)
                }
            }
        }
    }
}
