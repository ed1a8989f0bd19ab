import SDP
import TestSupport
import Testing

@testable import JSEP

/// Two sides that negotiate whenever they want to, over signaling that delays, one of them polite (W3C §10.7).
private struct GlareSimulation {
    struct Side {
        var negotiation: Negotiation
        var inbox: [SessionDescription] = []
        let isPolite: Bool
    }

    var sides: [Side]
    var generator: SeededGenerator
    var trace: [String] = []
    /// Whether signaling loses the groups, as if nobody could bundle.
    let isUnbundled: Bool

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        isUnbundled = seed % 3 == 0
        let policies = BundlePolicy.allCases + BundlePolicy.allCases
        sides = [
            Side(negotiation: try Negotiations.make(1, policy: policies[Int(seed % 4)]), isPolite: true),
            Side(negotiation: try Negotiations.make(2, policy: policies[Int(seed % 5)]), isPolite: false),
        ]
    }

    mutating func run() throws {
        for _ in 0..<Int.random(in: 4...30, using: &generator) {
            let index = Int.random(in: 0...1, using: &generator)
            if Bool.random(using: &generator) { try act(index) } else { try step(index) }
        }
        var steps = 0
        while try step(0) || step(1) {
            steps += 1
            guard steps < 200 else { throw WebRTCError(.operation, "the negotiation does not end") }
        }
    }

    /// Something that an application does.
    private mutating func act(_ index: Int) throws {
        let kind = MediaKind.allCases.randomElement(using: &generator) ?? .audio
        let directions: [TransceiverDirection] = [.sendrecv, .sendonly, .recvonly, .inactive]
        let direction = directions.randomElement(using: &generator) ?? .sendrecv
        let some = sides[index].negotiation.transceivers.indices.randomElement(using: &generator)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: sides[index].negotiation.addTransceiver(kind, direction: direction)
        case 1: sides[index].negotiation.addTrackTransceiver(kind, streams: ["s\(index)"])
        case 2: sides[index].negotiation.wantsData = true
        case 3: if let some { sides[index].negotiation.transceivers[some].wish.isStopping = true }
        case 4: if let some { sides[index].negotiation.transceivers[some].wish.direction = direction }
        case 5: if let some { sides[index].negotiation.transceivers[some].wish.streams = ["t\(index)"] }
        case 6: sides[index].negotiation.requestRestart()
        case 7:
            let encodings = ["f", "h", "q"].prefix(Int.random(in: 1...3, using: &generator)).map {
                EncodingWish(rid: $0)
            }
            try sides[index].negotiation.addTransceiver(kind, direction: direction, encodings: encodings)
        case 8: if let some { sides[index].negotiation.transceivers[some].wish.receivedRIDs = ["a", "b"] }
        default:
            guard let some else { return }
            let codecs = CodecTable.codecs(of: sides[index].negotiation.transceivers[some].kind)
            sides[index].negotiation.transceivers[some].wish.codecPreferences = codecs.prefix(2).reversed().map(\.codec)
        }
        trace.append("\(index) acts")
    }

    /// One message is read, or an offer made; false if there is nothing to do.
    @discardableResult
    private mutating func step(_ index: Int) throws -> Bool {
        if !sides[index].inbox.isEmpty {
            let description = sides[index].inbox.removeFirst()
            try receive(description, at: index)
            return true
        }
        guard sides[index].negotiation.signalingState == .stable, sides[index].negotiation.isNegotiationNeeded else {
            return false
        }
        try sides[index].negotiation.setLocal(nil)
        try send(from: index)
        return true
    }

    private mutating func receive(_ description: SessionDescription, at index: Int) throws {
        let isCollision = description.type == .offer && sides[index].negotiation.signalingState != .stable
        trace.append("\(index) receives \(description.type)\(isCollision ? " in glare" : "")")
        if isCollision, !sides[index].isPolite { return }
        try sides[index].negotiation.setRemote(description)
        guard description.type == .offer else { return }
        try sides[index].negotiation.setLocal(nil)
        try send(from: index)
    }

    private mutating func send(from index: Int) throws {
        let local = try #require(sides[index].negotiation.local)
        let description = local.description
        trace.append("\(index) sends \(description.type) \(local.document.components)")
        sides[1 - index].inbox.append(isUnbundled ? try Unbundled.text(description) : description)
    }
}

extension SDPDocument {
    /// The sections in short.
    fileprivate var components: String {
        media.map { "\($0.kind.rawValue)/\($0.mid ?? "-")/\($0.port)/\($0.direction?.rawValue ?? "-")" }
            .joined(separator: " ")
    }
}

@Suite("Glare between two negotiations")
struct CollidingOffersTests {
    @Test("whatever both sides do at once, they come to rest with the same sections and mirrored directions")
    func simulation() throws {
        for seed in UInt64(0)..<2000 {
            var simulation = try GlareSimulation(seed: seed)
            do {
                try simulation.run()
            } catch {
                Issue.record("seed \(seed): \(error)\n\(simulation.trace.joined(separator: "\n"))")
                return
            }
            let (a, b) = (simulation.sides[0].negotiation, simulation.sides[1].negotiation)
            let problem = Self.problem(a, b, isUnbundled: simulation.isUnbundled)
            if let problem {
                Issue.record("seed \(seed): \(problem)\n\(simulation.trace.joined(separator: "\n"))")
                return
            }
        }
    }

    private static func problem(_ a: Negotiation, _ b: Negotiation, isUnbundled: Bool) -> String? {
        guard a.signalingState == .stable, b.signalingState == .stable else { return "not stable" }
        guard !a.isNegotiationNeeded, !b.isNegotiationNeeded else { return "still wants to negotiate" }
        let ours = a.currentLocal?.document.media ?? []
        let theirs = b.currentLocal?.document.media ?? []
        guard ours.map(\.mid) == theirs.map(\.mid), ours.map(\.kind) == theirs.map(\.kind) else {
            return "other sections"
        }
        guard a.dataMid == b.dataMid, (a.remoteData == nil) == (b.remoteData == nil) else { return "other data" }
        guard !a.wantsData || a.remoteData != nil, !b.wantsData || b.remoteData != nil else { return "no data" }
        let mids = Set(a.transceivers.compactMap(\.mid))
        guard mids == Set(b.transceivers.compactMap(\.mid)) else { return "other transceivers" }
        for mid in mids {
            let one = a.transceivers.first { $0.mid == mid }
            let other = b.transceivers.first { $0.mid == mid }
            guard let one = one?.negotiated.currentDirection, other?.negotiated.currentDirection == one.reversed else {
                return "directions of \(mid) are not mirrored"
            }
        }
        let plans = (a.plan.media, b.plan.media)
        for (one, other) in [(plans.0, plans.1), (plans.1, plans.0)] where !sendAndReceiveTheSame(one, other) {
            return "other encodings are sent than are received"
        }
        for transceiver in a.transceivers + b.transceivers where transceiver.mid == nil && !transceiver.isStopping {
            return "a transceiver was forgotten"
        }
        return transports(a, b, isUnbundled: isUnbundled)
    }

    /// Whether one side knows what the other sends, by name or by source.
    private static func sendAndReceiveTheSame(_ one: [String: MediaPlan], _ other: [String: MediaPlan]) -> Bool {
        one.values.filter(\.direction.sends).allSatisfy { plan in
            guard let theirs = other[plan.mid] else { return false }
            let names = plan.encodings.compactMap(\.rid)
            if names.count > 1 || !theirs.receivedRIDs.isEmpty { return theirs.receivedRIDs == names }
            let isRepaired = plan.local.codecs.contains { $0.repairs != nil }
            let sources = plan.encodings.flatMap { isRepaired ? [$0.ssrc, $0.repairSSRC] : [$0.ssrc] }
            return theirs.remote.ssrcs == sources && theirs.remote.cnames.values.allSatisfy { $0 == plan.cname }
        }
    }

    private static func transports(_ a: Negotiation, _ b: Negotiation, isUnbundled: Bool) -> String? {
        let ours = Dictionary(uniqueKeysWithValues: a.transportIDs.map { (a.mids(on: $0), $0) })
        let theirs = Dictionary(uniqueKeysWithValues: b.transportIDs.map { (b.mids(on: $0), $0) })
        guard Set(ours.keys) == Set(theirs.keys) else { return "other transports: \(ours.keys), \(theirs.keys)" }
        if isUnbundled, !ours.keys.allSatisfy({ $0.count == 1 }) { return "bundled without a group" }
        if !isUnbundled, ours.count > 1 { return "not bundled" }
        for (mids, id) in ours {
            guard let one = a.agreement(on: id), let other = theirs[mids].flatMap({ b.agreement(on: $0) }) else {
                return "no agreement on \(mids)"
            }
            guard one.remote.credentials == other.local.credentials, other.remote.credentials == one.local.credentials
            else { return "other credentials" }
            if one.role == other.role { return "both have the same part in DTLS" }
        }
        return nil
    }
}
