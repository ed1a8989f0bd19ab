internal import GroupKeys
internal import JSEP

/// Proves the descriptions that a node sends, and looks at the proofs of those that it gets.
struct LinkGuard: Sendable {
    /// Larger numbers are no exact ones to pages.
    private static let largestNumber: UInt64 = 1 << 53

    private let own: PeerID
    private let proofs: LinkProof
    private var numbers = OfferNumbers()
    private var lastNumber: UInt64 = 0
    /// The last offers to each peer, the newest first, and the last that was right from each.
    private var offered = RecentTable<[LinkProof.Description]>(limit: 1024)
    private var heard = RecentTable<LinkProof.Description>(limit: 1024)

    /// What becomes of something that came.
    enum Judgement: Equatable {
        case believed
        /// A member's, but for a link that was given up meanwhile.
        case late
        /// Why it is not believed, and whose it is said to be.
        case refused(PeerID, reason: String)
    }

    /// How many offers to a peer are remembered, to tell a late answer from a wrong one.
    private static let offersKept = 4

    init(key: GroupKey, own: PeerID) {
        self.own = own
        proofs = LinkProof(key: key)
    }

    /// The proof that goes with a description; nil for what needs none.
    mutating func seal(_ signal: SignalingPayload, to peer: PeerID) -> LinkSeal? {
        guard case .description(let description, _) = signal else { return nil }
        let name = peer.text.lowercased()
        let hash = LinkProof.Description(description.sdp)
        switch description.type {
        case .offer:
            lastNumber += 1
            offered[name] = Array(([hash] + (offered[name] ?? [])).prefix(Self.offersKept))
            let proof = proofs.proof(offer: hash, from: own.text, to: name, number: lastNumber)
            return LinkSeal(proof: proof.text, number: lastNumber)
        case .answer:
            guard let offer = heard[name] else { return nil }
            return LinkSeal(proof: proofs.proof(answer: hash, to: offer, from: own.text, to: name).text)
        case .pranswer, .rollback: return nil
        }
    }

    /// Looks at a description; whatever else comes is believed.
    mutating func judge(_ signal: SignalReceived, _ seal: LinkSeal?) -> Judgement {
        switch signal {
        case .offer(let sender, let sdp): judge(offer: sdp, from: sender, seal)
        case .answer(let sender, let sdp): judge(answer: sdp, from: sender, seal)
        case .peerList, .candidate, .undeliverable: .believed
        }
    }

    private mutating func judge(offer sdp: String, from sender: PeerID, _ seal: LinkSeal?) -> Judgement {
        guard let proof = seal.flatMap({ Proof($0.proof) }), let number = seal?.number, number <= Self.largestNumber
        else { return .refused(sender, reason: "an offer without a proof of the group's key") }
        let name = sender.text.lowercased()
        let hash = LinkProof.Description(sdp)
        guard proofs.isValid(proof, offer: hash, from: name, to: own.text, number: number) else {
            return .refused(
                sender, reason: "an offer whose proof is wrong: it is no member's, or was changed on its way")
        }
        guard numbers.take(number, from: name) else {
            return .refused(sender, reason: "an offer that came before")
        }
        heard[name] = hash
        return .believed
    }

    private mutating func judge(answer sdp: String, from sender: PeerID, _ seal: LinkSeal?) -> Judgement {
        guard let proof = seal.flatMap({ Proof($0.proof) }) else {
            return .refused(sender, reason: "an answer without a proof of the group's key")
        }
        let name = sender.text.lowercased()
        let hash = LinkProof.Description(sdp)
        let place = (offered[name] ?? []).firstIndex { offer in
            proofs.isValid(proof, answer: hash, to: offer, from: name, to: own.text)
        }
        switch place {
        case 0: return .believed
        case nil:
            return .refused(
                sender, reason: "an answer whose proof is wrong: it is no member's, or was changed on its way")
        default: return .late
        }
    }
}
