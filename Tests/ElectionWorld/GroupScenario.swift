package import Election
internal import SeededRandom

/// What befalls a group, by one seed.
package struct GroupScenario {
    package enum Step {
        case start(Int)
        /// Its process ends. If it is noticed, its sockets close; else its host is gone.
        case kill(Int, isNoticed: Bool)
        case pause(Int)
        case resume(Int)
        /// The side of the network that each is on.
        case split([Int])
        case lose(percent: Int)
        case doubt(Int)
        case flap(Int)
    }

    package let contenders: [Contender]
    package private(set) var steps: [(time: Int, step: Step)] = []
    /// When everything runs, and all hear each other again.
    package private(set) var healedAt = 0
    package private(set) var hasLoss = false
    package private(set) var hasPauses = false

    /// Of three to seven nodes, and now and then up to fifty.
    package init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let count = seed % 100 == 0 ? Int.random(in: 8...50, using: &random) : Int.random(in: 3...7, using: &random)
        contenders = (0..<count).map { _ in
            // Few values, so that ties are common and the id decides.
            let priority = Priority(
                deviceScore: UInt32.random(in: 1...2, using: &random),
                startTime: UInt64.random(in: 1...3, using: &random))
            return Contender(id: ContenderID(high: random.next(), low: random.next()), priority: priority)
        }
        for node in 0..<count { add(.start(node), Int.random(in: 0...1_500, using: &random)) }
        var time = 2_500
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            befall(Int.random(in: 0..<count, using: &random), at: time, &random)
            time += Int.random(in: 100...4_000, using: &random)
        }
        time = max(time, steps.map(\.time).max() ?? 0) + 10
        add(.lose(percent: 0), time)
        add(.split(Array(repeating: 0, count: count)), time)
        for node in 0..<count {
            add(.resume(node), time)
            add(.start(node), time)
        }
        healedAt = time
        steps.sort { $0.time < $1.time }
    }

    private mutating func add(_ step: Step, _ time: Int) { steps.append((time, step)) }

    private mutating func befall(_ node: Int, at time: Int, _ random: inout SeededGenerator) {
        let end = time + Int.random(in: 50...6_000, using: &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: add(.kill(node, isNoticed: true), time)
        case 1:
            add(.kill(node, isNoticed: false), time)
            add(.start(node), end)
        case 2:
            add(.pause(node), time)
            add(.resume(node), end)
            hasPauses = true
        case 3:
            add(.split((0..<contenders.count).map { _ in Int.random(in: 0...1, using: &random) }), time)
            if Bool.random(using: &random) { add(.split(Array(repeating: 0, count: contenders.count)), end) }
        case 4:
            add(.lose(percent: Int.random(in: 1...30, using: &random)), time)
            hasLoss = true
        case 5: add(.doubt(node), time)
        default: add(.flap(node), time)
        }
    }

    /// Plays it, and what follows until all should be well.
    package func play(
        seed: UInt64, isTraced: Bool = false
    ) -> (world: GroupWorld, before: [(leader: ContenderID?, term: Term)]) {
        var world = GroupWorld(contenders, seed: seed ^ 0xE1EC, isTraced: isTraced)
        for (time, step) in steps { world.add(.step(step), after: time) }
        world.run(healedAt + Self.bound)
        let before = world.leaders
        world.run(2_000)
        return (world, before)
    }

    /// How long after all is well again there is one leader, in milliseconds.
    package static let bound = 14_000
}
