import SDP
import TransportTypes

@testable import JSEP

/// Histories of descriptions: two ends that create, set and take back descriptions in any order, and somebody in between who
/// changes what they tell each other.
///
/// What is checked after each step stands in ``NegotiationState``. Two ends that nobody has come between can always
/// complete a round.
enum NegotiationEntry {
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        var pair = NegotiationEnds(policy: input.choice(BundlePolicy.allCases))
        var steps = 0
        while !input.isEmpty, steps < 60 {
            steps += 1
            try pair.step(&input)
        }
    }
}

/// The two ends.
private struct NegotiationEnds {
    private var ends: [Negotiation]
    /// The texts that ends have created or set, which may come again.
    private var texts: [SessionDescription] = []
    /// Whether nothing was set that its maker has not made so.
    private var isClean = true

    init(policy: BundlePolicy) {
        ends = (0..<2).map { Self.make($0, policy) }
    }

    private static func make(_ number: Int, _ policy: BundlePolicy) -> Negotiation {
        let digest = Array(repeating: number == 0 ? "1A" : "2B", count: 32).joined(separator: ":")
        guard let fingerprint = FingerprintAttribute(attributeValue: "sha-256 \(digest)") else {
            preconditionFailure("a fingerprint that cannot be read")
        }
        return Negotiation(
            parameters: .init(
                fingerprints: [fingerprint], maxMessageSize: 262_144, sessionID: UInt64(number), bundlePolicy: policy),
            makeCredentials: { ICECredentials.random() })
    }

    mutating func step(_ input: inout FuzzInput) throws {
        let operation = input.byte()
        let index = operation & 0x80 == 0 ? 0 : 1
        switch operation & 0x1F {
        case 0: try attempt(index) { try $0.createOffer(OfferOptions(iceRestart: operation & 0x40 != 0)) }
        case 1: try attempt(index) { try $0.createAnswer() }
        case 2, 3: try attempt(index) { try $0.setLocal(nil) }
        case 4:
            try attempt(index) {
                try $0.setLocal(SessionDescription(type: operation & 0x40 == 0 ? .pranswer : .answer))
            }
        case 5 where !texts.isEmpty: try setLocal(index, &input)
        case 6, 7: try deliver(to: index, mutated: false, &input)
        case 8, 9, 10, 11: try deliver(to: index, mutated: true, &input)
        case 12 where !texts.isEmpty: try replay(index, &input)
        case 13: try attempt(index) { try $0.setLocal(SessionDescription(type: .rollback)) }
        case 14: try attempt(index) { try $0.setRemote(SessionDescription(type: .rollback)) }
        case 15: try addRemoteCandidate(index, &input)
        case 16: addLocalCandidate(index, &input)
        case 17: ends[index].requestRestart()
        case 18: ends[index].outdateCredentials()
        case 19, 20: addTransceiver(index, &input)
        case 21, 22: changeTransceiver(index, &input)
        case 23: ends[index].wantData()
        case 24: ends[index].rollBack()
        case 25: if ends[index].transportIDs.count > 0 { forgetCandidates(index, &input) }
        case 26: try setOwn(index, &input)
        default: try round(index)
        }
        for end in ends { try NegotiationState.check(end) }
    }

    /// What fails must not have changed anything.
    @discardableResult
    private mutating func attempt<Result>(
        _ index: Int, _ body: (inout Negotiation) throws -> Result
    ) throws -> Bool {
        let before = NegotiationState(ends[index])
        do {
            let result = try body(&ends[index])
            if let text = result as? SessionDescription { keep(text) }
            if let local = ends[index].local?.description { keep(local) }
            return true
        } catch {
            let after = NegotiationState(ends[index])
            try FuzzFinding.require(before == after, "'\(error)' has changed \(before.difference(from: after))")
            return false
        }
    }

    private mutating func keep(_ text: SessionDescription) {
        guard texts.last != text else { return }
        texts.append(text)
        if texts.count > 8 { texts.removeFirst() }
    }

    private mutating func setLocal(_ index: Int, _ input: inout FuzzInput) throws {
        var description = input.choice(texts)
        if input.flag() { description.type = input.choice([.offer, .answer, .pranswer]) }
        try attempt(index) { try $0.setLocal(description) }
    }

    /// The other end's description comes, as it is or not.
    private mutating func deliver(to index: Int, mutated: Bool, _ input: inout FuzzInput) throws {
        guard var description = ends[1 - index].local?.description else { return }
        if mutated {
            description.sdp = SDPMutation.mutate(description.sdp, &input)
            if input.below(8) == 0 { description.type = input.choice([.offer, .answer, .pranswer]) }
        }
        if try attempt(index, { try $0.setRemote(description) }), mutated { isClean = false }
    }

    private mutating func replay(_ index: Int, _ input: inout FuzzInput) throws {
        var description = input.choice(texts)
        description.sdp = SDPMutation.mutate(description.sdp, &input)
        if input.flag() { description.type = input.choice([.offer, .answer, .pranswer]) }
        if try attempt(index, { try $0.setRemote(description) }) { isClean = false }
    }

    /// A text that the input brings along.
    private mutating func setOwn(_ index: Int, _ input: inout FuzzInput) throws {
        let kind = input.choice([SessionDescription.Kind.offer, .answer, .pranswer])
        let text = String(decoding: input.take(input.number() % 4096), as: UTF8.self)
        if try attempt(index, { try $0.setRemote(SessionDescription(type: kind, sdp: text)) }) { isClean = false }
    }

    private mutating func addRemoteCandidate(_ index: Int, _ input: inout FuzzInput) throws {
        let texts = [
            "candidate:1 1 udp 2130706431 192.0.2.1 9 typ host", "",
            "candidate:2 1 tcp 1 2001:db8::1 9 typ host tcptype passive",
            "candidate:3 1 udp 1 198.51.100.1 5 typ srflx raddr 0.0.0.0 rport 0", "candidate:4 1 udp",
        ]
        let candidate = ICECandidateInit(
            candidate: input.choice(texts), sdpMid: input.choice([nil, "0", "1", "2", "", "x"]),
            sdpMLineIndex: input.choice([nil, 0, 1, 2, 700]),
            usernameFragment: input.choice([nil, ends[1 - index].localFragments.first, "", "nope"]))
        try attempt(index) { try $0.addRemote(candidate) }
    }

    private mutating func addLocalCandidate(_ index: Int, _ input: inout FuzzInput) {
        guard let ufrag = ends[index].localFragments.first else { return }
        let line = input.flag() ? "candidate:1 1 udp 2130706431 192.0.2.7 9 typ host" : nil
        ends[index].addLocal(candidate: line, usernameFragment: ufrag)
    }

    private mutating func forgetCandidates(_ index: Int, _ input: inout FuzzInput) {
        let id = input.choice(ends[index].transportIDs)
        ends[index].forgetLocalCandidates(of: id)
    }

    private mutating func addTransceiver(_ index: Int, _ input: inout FuzzInput) {
        guard ends[index].transceivers.count < 8 else { return }
        let kind = input.choice(MediaKind.allCases)
        if input.flag() {
            ends[index].addTrackTransceiver(kind, streams: ["s"])
            return
        }
        let direction: TransceiverDirection = input.choice([.sendrecv, .sendonly, .recvonly, .inactive])
        ends[index].addTransceiver(kind, direction: direction)
        if input.flag() {
            let names = ["f", "h", "q", "f", "?"].map { EncodingWish(rid: $0) }.prefix(input.below(6))
            _ = try? ends[index].addTransceiver(kind, direction: direction, encodings: Array(names))
            ends[index].transceivers[ends[index].transceivers.count - 1].wish.receivedRIDs = ["a", "b", "?"]
        }
    }

    private mutating func changeTransceiver(_ index: Int, _ input: inout FuzzInput) {
        guard !ends[index].transceivers.isEmpty else { return }
        let place = input.below(ends[index].transceivers.count)
        let action = input.below(5)
        guard !ends[index].transceivers[place].isStopping else { return }
        if action == 4 {
            ends[index].transceivers[place].wish.isStopping = true
        } else {
            ends[index].transceivers[place].wish.direction = [.sendrecv, .sendonly, .recvonly, .inactive][action]
        }
    }

    /// A whole round, which nothing may hinder if all before was honest and both are of one mind.
    private mutating func round(_ index: Int) throws {
        let isOfOneMind = isClean && (0...1).allSatisfy { ends[$0].signalingState == .stable && agrees($0) }
        func must(_ done: Bool, _ step: String) throws(FuzzFinding) {
            try FuzzFinding.require(done || !isOfOneMind, "an honest round fails: \(step)")
        }
        try must(attempt(index) { try $0.setLocal(nil) }, "the offer")
        guard let offer = ends[index].local?.description else { return }
        try must(attempt(1 - index) { try $0.setRemote(offer) }, "setting the offer")
        try must(attempt(1 - index) { try $0.setLocal(nil) }, "the answer")
        guard let answer = ends[1 - index].local?.description else { return }
        try must(attempt(index) { try $0.setRemote(answer) }, "setting the answer")
        if isOfOneMind {
            try FuzzFinding.require(
                ends.allSatisfy { $0.signalingState == .stable } && agrees(index) && agrees(1 - index),
                "an honest round has come to no agreement")
        }
    }

    /// Whether what this end has set is what the other end has taken.
    private func agrees(_ index: Int) -> Bool {
        func shape(_ description: AppliedDescription?) -> [String?] {
            description.map { [$0.type.rawValue, "\($0.document.origin)"] + $0.document.media.map(\.mid) } ?? []
        }
        return shape(ends[index].currentLocal) == shape(ends[1 - index].currentRemote)
    }
}
