import SharedState
import TestSupport

/// Replicas whose letters are delayed, lost, repeated and put out of order; whose clocks are wrong; that are cut off from each
/// other, die and come back, with what they had stored or without.
struct StateSimulation {
    struct Node {
        var replica: StateReplica
        var isRunning = true
        /// By how many milliseconds its wall clock is wrong.
        var skew: Int
        var disk: [StateKey: StateEntry] = [:]
        var horizon: HybridTimestamp?
        var inStep: UInt64?
        var starts = 0
        var side = 0
    }

    /// A write of which somebody else has said that it has it.
    struct Acknowledged {
        var entry: StateEntry
        /// The nodes that said so, and have not lost their disks.
        var holders: Set<Int>
    }

    private struct Letter {
        var at: Int
        var from: Int
        var to: Int
        var message: StateMessage
        /// Those of links that have ended are not delivered.
        var link: Int
    }

    var random: SeededGenerator
    private(set) var nodes: [Node] = []
    private(set) var now = 0
    /// By who wrote, and the number it gave.
    private var writes: [String: StateEntry] = [:]
    private(set) var written: Set<StateEntry> = []
    private(set) var acknowledged: [Acknowledged] = []
    private(set) var conflicts: [StateConflict] = []
    private(set) var reports: [StateReport] = []
    private(set) var letterCount = 0
    private var letters: [Letter] = []
    private var links: [Int: Int] = [:]
    private var lastLink = 0
    var isHarsh = true
    let limits: StateLimits
    private let isSerialized: Bool

    init(_ count: Int, seed: UInt64, skews: [Int] = [], limits: StateLimits = StateLimits(), isSerialized: Bool = false)
    {
        random = SeededGenerator(seed: seed)
        self.limits = limits
        self.isSerialized = isSerialized
        for index in 0..<count {
            let skew = index < skews.count ? skews[index] : 0
            let time = Self.time(0, skew)
            nodes.append(Node(replica: StateReplica(id: Self.id(index, 0), limits: limits, at: time), skew: skew))
        }
        connect()
    }

    static func id(_ index: Int, _ start: Int) -> ReplicaID {
        // Names do not come in the order of the numbers.
        guard let id = ReplicaID("\("dbcae".dropFirst(index % 5).first ?? "x")\(index).\(start)") else {
            preconditionFailure("a name")
        }
        return id
    }

    static func time(_ now: Int, _ skew: Int) -> StateTime {
        StateTime(monotonic: .milliseconds(now), milliseconds: UInt64(1_800_000_000_000 + now + skew))
    }

    func time(of index: Int) -> StateTime { Self.time(now, nodes[index].skew) }

    var running: [Int] { nodes.indices.filter { nodes[$0].isRunning } }

    // MARK: What happens

    mutating func write(_ value: String?, for key: String, at index: Int) {
        guard nodes[index].isRunning, let key = StateKey(key) else { return }
        let json = value.map { Array("\"\($0)\"".utf8) }
        guard
            let result = try? nodes[index].replica.write(
                json, for: key, wantsAcknowledgement: true, at: time(of: index))
        else { return }
        if let entry = nodes[index].replica.entry(for: key), !result.actions.isEmpty {
            writes["\(nodes[index].replica.id) \(result.number)"] = entry
            written.insert(entry)
        }
        perform(result.actions, at: index)
    }

    /// Whoever is on another side is not reached.
    mutating func split(_ side: (Int) -> Int) {
        for index in nodes.indices { nodes[index].side = side(index) }
        connect()
    }

    mutating func stop(_ index: Int, keepsDisk: Bool) {
        nodes[index].isRunning = false
        if !keepsDisk {
            nodes[index].disk = [:]
            nodes[index].horizon = nil
            nodes[index].inStep = nil
            for place in acknowledged.indices { acknowledged[place].holders.remove(index) }
        }
        connect()
    }

    mutating func start(_ index: Int) {
        guard !nodes[index].isRunning else { return }
        nodes[index].isRunning = true
        nodes[index].starts += 1
        nodes[index].replica = StateReplica(
            id: Self.id(index, nodes[index].starts), limits: limits, at: time(of: index))
        let stored = StoredState(
            entries: Array(nodes[index].disk.values), horizon: nodes[index].horizon, inStep: nodes[index].inStep)
        perform(nodes[index].replica.restore(stored, at: time(of: index)), at: index)
        connect()
    }

    mutating func setSkew(_ skew: Int, of index: Int) { nodes[index].skew = skew }

    mutating func run(milliseconds: Int) {
        let end = now + milliseconds
        while true {
            let letter = letters.indices.min { letters[$0].at < letters[$1].at }
            let timers = running.map { (at: Self.milliseconds(nodes[$0].replica.nextDeadline), node: $0) }
            let timer = timers.min { $0.at < $1.at }
            if let letter, letters[letter].at <= min(timer?.at ?? .max, end) {
                deliver(letters.remove(at: letter))
            } else if let timer, timer.at <= end {
                now = max(now, timer.at)
                perform(nodes[timer.node].replica.tick(at: time(of: timer.node)), at: timer.node)
            } else {
                now = end
                return
            }
        }
    }

    /// What all would agree on if they compared everything they have: the latest entry of each key, found the slow way.
    func union() -> [StateKey: StateEntry] {
        var best: [StateKey: StateEntry] = [:]
        for node in nodes {
            let entries = node.isRunning ? node.replica.entries : Array(node.disk.values)
            for entry in entries {
                guard let other = best[entry.key] else {
                    best[entry.key] = entry
                    continue
                }
                let (one, two) = (entry.timestamp, other.timestamp)
                if (one.milliseconds, one.counter, one.replica) > (two.milliseconds, two.counter, two.replica) {
                    best[entry.key] = entry
                }
            }
        }
        return best
    }

    func contents(of index: Int) -> [StateKey: StateEntry] {
        Dictionary(uniqueKeysWithValues: nodes[index].replica.entries.map { ($0.key, $0) })
    }

    /// The keys that have a value, and what that is.
    func values(of index: Int) -> [String: String] {
        var values: [String: String] = [:]
        for entry in nodes[index].replica.entries {
            if let value = entry.value { values[entry.key.description] = String(decoding: value, as: UTF8.self) }
        }
        return values
    }

    // MARK: The network

    private static func milliseconds(_ time: Duration) -> Int {
        let (seconds, attoseconds) = time.components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    private func isLinked(_ one: Int, _ other: Int) -> Bool {
        one != other && nodes[one].isRunning && nodes[other].isRunning && nodes[one].side == nodes[other].side
    }

    private func name(_ one: Int, _ other: Int) -> Int { min(one, other) * 1000 + max(one, other) }

    /// Opens links where they can be, and ends those that cannot.
    private mutating func connect() {
        for one in nodes.indices {
            for other in nodes.indices where one < other {
                let wanted = isLinked(one, other)
                let known = links[name(one, other)] != nil
                if known, !wanted {
                    links[name(one, other)] = nil
                    for (node, peer) in [(one, other), (other, one)] where nodes[node].isRunning {
                        perform(
                            nodes[node].replica.linkClosed(to: nodes[peer].replica.id, at: time(of: node)), at: node)
                    }
                } else if wanted, !known {
                    lastLink += 1
                    links[name(one, other)] = lastLink
                    for (node, peer) in [(one, other), (other, one)] {
                        perform(
                            nodes[node].replica.linkOpened(to: nodes[peer].replica.id, at: time(of: node)), at: node)
                    }
                }
            }
        }
    }

    private mutating func perform(_ actions: [StateAction], at index: Int) {
        for action in actions {
            switch action {
            case .send(let peers, let message):
                for peer in peers { post(message, from: index, to: peer) }
            case .persist(.entry(let entry)): nodes[index].disk[entry.key] = entry
            case .persist(.forgotten(let key)): nodes[index].disk[key] = nil
            case .persist(.horizon(let time)): nodes[index].horizon = time
            case .persist(.inStep(let time)): nodes[index].inStep = time
            case .acknowledge(let peer, let number):
                if let entry = writes["\(peer) \(number)"] {
                    // From here on this one has it, whether the writer hears of that or not.
                    acknowledged.append(Acknowledged(entry: entry, holders: [index]))
                }
                post(.acknowledgement(number, isStored: true), from: index, to: peer)
            case .acknowledged, .inStep, .changed: break
            case .conflict(let conflict): conflicts.append(conflict)
            case .report(let report): reports.append(report)
            }
        }
    }

    private mutating func post(_ message: StateMessage, from: Int, to peer: ReplicaID) {
        guard let to = nodes.firstIndex(where: { $0.replica.id == peer }), let link = links[name(from, to)] else {
            return
        }
        letterCount += 1
        var copies = 1
        var delay = 1...3
        if isHarsh {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: copies = 0
            case 1: copies = 2
            case 2: delay = 1...3000
            default: delay = 1...60
            }
            if copies == 0, Bool.random(using: &random) {
                perform(nodes[from].replica.sendFailed(to: peer, at: time(of: from)), at: from)
            }
        }
        for _ in 0..<copies {
            letters.append(
                Letter(
                    at: now + Int.random(in: delay, using: &random), from: from, to: to, message: message, link: link))
        }
    }

    private mutating func deliver(_ letter: Letter) {
        now = max(now, letter.at)
        guard nodes[letter.to].isRunning, links[name(letter.from, letter.to)] == letter.link else { return }
        let sender = nodes[letter.from].replica.id
        let time = time(of: letter.to)
        let actions =
            isSerialized
            ? nodes[letter.to].replica.receive(letter.message.serialized(), from: sender, at: time)
            : nodes[letter.to].replica.receive(letter.message, from: sender, at: time)
        perform(actions, at: letter.to)
    }
}
