import TestSupport

/// Makes sequences of calls from a seed. Most descriptions go the way that offers and answers go; some do not.
struct DifferentialGenerator {
    private enum Stage {
        case stable, offering, answering
    }

    private var random: SeededGenerator
    private var steps: [DifferentialStep] = []
    private var stages = [Stage.stable, .stable]
    /// Which side has an answer for the other.
    private var answered: Int?

    static func sequence(seed: UInt64) -> [DifferentialStep] {
        var generator = DifferentialGenerator(random: SeededGenerator(seed: seed))
        let length = Int.random(in: 6...22, using: &generator.random)
        // Both have something to negotiate, as a rule.
        for peer in 0...1 where generator.chance(90) { generator.begin(peer) }
        while generator.steps.count < length { generator.add() }
        for peer in 0...1 { generator.append(generator.step(peer, .gather) { _ in }) }
        return generator.steps
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func one<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: values.indices, using: &random)]
    }

    private mutating func append(_ step: DifferentialStep) { steps.append(step) }

    private mutating func begin(_ peer: Int) {
        let track = Int.random(in: 0..<6, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: append(step(peer, .createDataChannel) { _ in })
        case 1: append(step(peer, .addTrack) { ($0.track, $0.streams) = (track, [0]) })
        default:
            append(
                step(peer, .addTransceiver) { ($0.kind, $0.direction) = (track < 3 ? "audio" : "video", "sendrecv") })
        }
    }

    private mutating func add() {
        let peer = Int.random(in: 0...1, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<18: proceed(peer)
        case 18..<32: round(peer)
        case 32..<38: describe(peer)
        case 38..<74: media(peer)
        case 74..<82: append(step(peer, .createDataChannel) { $0.id = nil })
        case 82..<87: append(step(peer, .restartIce) { _ in })
        case 87..<94: candidate(peer)
        case 94..<96: negotiatedChannel(peer)
        case 96..<99: configure(peer)
        default:
            // The end of it is of interest only now and then.
            if chance(50), steps.count > 5 { append(step(peer, .close) { _ in }) }
        }
    }

    private func step(
        _ peer: Int, _ call: DifferentialStep.Call, _ fill: (inout DifferentialStep) -> Void
    ) -> DifferentialStep {
        var step = DifferentialStep(peer: peer, call: call)
        fill(&step)
        return step
    }

    // MARK: Descriptions

    /// All four steps of a round.
    private mutating func round(_ peer: Int) {
        stages = [.stable, .stable]
        setOffer(peer)
        if chance(20) { media(1 - peer) }
        append(step(1 - peer, .setRemote) { ($0.type, $0.source) = ("offer", .set) })
        if chance(25) { media(1 - peer) }
        setAnswer(1 - peer)
        if chance(15) { media(peer) }
        append(step(peer, .setRemote) { ($0.type, $0.source) = ("answer", .set) })
        (stages, answered) = ([.stable, .stable], nil)
    }

    private mutating func setOffer(_ peer: Int) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: append(step(peer, .setLocal) { _ in })
        case 5: append(step(peer, .setLocal) { ($0.type, $0.source) = ("offer", .set) })
        default:
            let restarts = chance(15)
            append(step(peer, .createOffer) { $0.restart = restarts })
            if chance(20) { media(peer) }
            append(step(peer, .setLocal) { ($0.type, $0.source) = ("offer", .created) })
        }
    }

    private mutating func setAnswer(_ peer: Int) {
        let type = chance(8) ? "pranswer" : "answer"
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6 where type == "answer": append(step(peer, .setLocal) { _ in })
        case 6 where type == "answer" || chance(20):
            append(step(peer, .setLocal) { ($0.type, $0.source) = (type, .set) })
        default:
            append(step(peer, .createAnswer) { _ in })
            if chance(20) { media(peer) }
            append(step(peer, .setLocal) { ($0.type, $0.source) = (type, .created) })
        }
        if type == "pranswer" {
            append(step(1 - peer, .setRemote) { ($0.type, $0.source) = ("pranswer", .set) })
            append(step(peer, .setLocal) { ($0.type, $0.source) = ("answer", .set) })
        }
    }

    /// The next step of what is under way.
    private mutating func proceed(_ peer: Int) {
        let other = 1 - peer
        switch stages[peer] {
        case .stable where stages[other] == .offering && answered == nil:
            let change = chance(18) ? spoiling() : nil
            append(step(peer, .setRemote) { ($0.type, $0.source, $0.change) = ("offer", .set, change) })
            stages[peer] = .answering
        case .stable:
            setOffer(peer)
            stages[peer] = .offering
        case .answering:
            if chance(12) {
                append(step(peer, .setRemote) { $0.type = "rollback" })
                stages[peer] = .stable
            } else {
                setAnswer(peer)
                stages[peer] = .stable
                answered = peer
            }
        case .offering where answered == other:
            let change = chance(18) ? spoiling() : nil
            append(step(peer, .setRemote) { ($0.type, $0.source, $0.change) = ("answer", .set, change) })
            (stages[peer], answered) = (.stable, nil)
        case .offering where stages[other] == .offering && chance(60):
            // Glare.
            append(step(peer, .setRemote) { ($0.type, $0.source) = ("offer", .set) })
            stages[peer] = .answering
        case .offering:
            guard chance(30) else { return setOffer(peer) }
            append(step(peer, .setLocal) { $0.type = "rollback" })
            stages[peer] = .stable
        }
    }

    /// Anything at any time.
    private mutating func describe(_ peer: Int) {
        let type = one(["offer", "answer", "pranswer", "rollback"])
        let source = one([DifferentialStep.Source.created, .set])
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            let restarts = chance(30)
            append(step(peer, .createOffer) { $0.restart = restarts })
        case 1: append(step(peer, .createAnswer) { _ in })
        case 2, 3: append(step(peer, .setLocal) { ($0.type, $0.source) = (type, type == "rollback" ? nil : source) })
        default:
            let change = chance(30) ? spoiling() : nil
            append(
                step(peer, .setRemote) {
                    ($0.type, $0.source, $0.change) =
                        type == "rollback" ? (type, nil, nil) : (type, source, change)
                })
        }
    }

    private mutating func spoiling() -> String {
        let place = Int.random(in: 0..<4, using: &random)
        let direction = one(DescriptionLines.directions)
        let setup = one(["active", "passive", "actpass"])
        return one([
            "garbage", "ungrouped", "untagged", "anonymous", "unreachable", "streamless", "setup 0 \(setup)",
            "restart \(place)", "stranger \(place)", "reject \(place)", "reject \(place)", "leave \(place)",
            "direction \(place) \(direction)", "direction \(place) \(direction)", "shorten", "swap", "retag \(place) x",
            "retag \(place) 0", "unknown",
        ])
    }

    // MARK: Everything else

    private mutating func media(_ peer: Int) {
        let index = Int.random(in: 0..<4, using: &random)
        let track = Int.random(in: 0..<6, using: &random)
        let streams = one([[], [], [0], [1], [0, 1], [2, 2]])
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25:
            let kind = one(["audio", "video"])
            let direction = one(["sendrecv", "sendrecv", "sendonly", "recvonly", "inactive"])
            let hasTrack = chance(30)
            append(
                step(peer, .addTransceiver) {
                    if hasTrack { $0.track = track } else { $0.kind = kind }
                    ($0.direction, $0.streams) = (direction, streams)
                })
        case 25..<50: append(step(peer, .addTrack) { ($0.track, $0.streams) = (track, streams) })
        case 50..<62:
            let isForeign = chance(10)
            append(step(peer, .removeTrack) { ($0.index, $0.foreign) = (index, isForeign ? true : nil) })
        case 62..<75:
            let direction = one(DescriptionLines.directions)
            append(step(peer, .setDirection) { ($0.index, $0.direction) = (index, direction) })
        case 75..<87: append(step(peer, .stop) { $0.index = index })
        case 87..<93:
            let isNothing = chance(30)
            append(step(peer, .replaceTrack) { ($0.index, $0.track) = (index, isNothing ? nil : track) })
        default: append(step(peer, .setStreams) { ($0.index, $0.streams) = (index, streams) })
        }
    }

    private mutating func negotiatedChannel(_ peer: Int) {
        let id = one([0, 1, 2, 7, 65534] as [UInt16])
        append(step(peer, .createDataChannel) { $0.id = id })
    }

    private mutating func candidate(_ peer: Int) {
        let line = "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host"
        let place = Int.random(in: 0..<4, using: &random)
        let index = UInt16(place)
        let text = one([line, line, line, "", "candidate:nonsense", nil])
        let candidates: [DifferentialStep.Candidate?] = [
            nil, .init(), .init(candidate: text, sdpMid: String(place)), .init(candidate: text, sdpMLineIndex: index),
            .init(candidate: text, sdpMid: String(place), sdpMLineIndex: index), .init(candidate: text),
            .init(candidate: text, sdpMid: "no"), .init(candidate: text, sdpMLineIndex: 99),
            .init(candidate: text, sdpMid: String(place), usernameFragment: "#\(place)"),
            .init(candidate: text, sdpMid: String(place), usernameFragment: "unknown"),
            .init(candidate: text, usernameFragment: "#\(place)"),
        ]
        let chosen = one(candidates)
        append(step(peer, .addIceCandidate) { $0.candidate = chosen })
    }

    private mutating func configure(_ peer: Int) {
        let members = one([
            [:], ["bundlePolicy": "max-compat"], ["iceTransportPolicy": "relay"], ["iceTransportPolicy": "all"],
        ])
        append(step(peer, .setConfiguration) { $0.configuration = members })
    }
}
