internal import Crypto

/// The proof that goes with the description of a link, an offer or an answer, so that whoever
/// carries it can change nothing of it.
///
/// It is over the whole description, the DTLS fingerprint, the session and ICE's password among it,
/// over who sends it to whom, and over its place: an offer has a number that grows, and an answer
/// the offer that it answers. The DTLS handshake then holds each end to the fingerprint that it has
/// proven (RFC 8122 §5), so a link is between two who have the key, and nobody is in the middle.
///
/// Ids of nodes are fresh with each start (Docs/Mesh.md), so that nothing of an earlier run is
/// worth anything.
public struct LinkProof: Sendable {
    private let key: SymmetricKey

    /// A description as proofs are over it: its hash, which is all that has to be kept of it.
    public struct Description: Sendable, Hashable {
        let hash: [UInt8]

        /// - Parameter sdp: The description, exactly as it is sent or has come.
        public init(_ sdp: String) { hash = Array(SHA256.hash(data: Array(sdp.utf8))) }
    }

    /// - Parameter key: The group's key.
    public init(key: GroupKey) { self.key = key.derived(.link) }

    /// The proof for an offer.
    ///
    /// - Parameters:
    ///   - description: The offer.
    ///   - sender: The id of who offers; the case of ids does not count.
    ///   - receiver: The id of whom it is for.
    ///   - number: Larger than that of any offer that went from one to the other before.
    public func proof(
        offer description: Description, from sender: String, to receiver: String, number: UInt64
    ) -> Proof {
        Proof(bytes: Self.offer(description, sender, receiver, number).code(key))
    }

    /// Whether an offer's proof is right. Whether its number has grown is ``OfferNumbers``'s part.
    public func isValid(
        _ proof: Proof, offer description: Description, from sender: String, to receiver: String, number: UInt64
    ) -> Bool {
        Self.offer(description, sender, receiver, number).isValid(proof.bytes, key)
    }

    /// The proof for an answer.
    ///
    /// - Parameters:
    ///   - description: The answer.
    ///   - offer: What it answers, as it came.
    ///   - sender: The id of who answers; the case of ids does not count.
    ///   - receiver: The id of who has offered.
    public func proof(
        answer description: Description, to offer: Description, from sender: String, to receiver: String
    ) -> Proof {
        Proof(bytes: Self.answer(description, offer, sender, receiver).code(key))
    }

    /// Whether an answer's proof is right. A wrong one may be right for another offer.
    public func isValid(
        _ proof: Proof, answer description: Description, to offer: Description, from sender: String, to receiver: String
    ) -> Bool {
        Self.answer(description, offer, sender, receiver).isValid(proof.bytes, key)
    }

    private static func offer(
        _ description: Description, _ sender: String, _ receiver: String, _ number: UInt64
    ) -> Transcript {
        var transcript = Transcript("mesh link: an offer")
        transcript.add(sender.lowercased())
        transcript.add(receiver.lowercased())
        transcript.add(String(number))
        transcript.add(description.hash)
        return transcript
    }

    private static func answer(
        _ description: Description, _ offer: Description, _ sender: String, _ receiver: String
    ) -> Transcript {
        var transcript = Transcript("mesh link: an answer")
        transcript.add(sender.lowercased())
        transcript.add(receiver.lowercased())
        transcript.add(offer.hash)
        transcript.add(description.hash)
        return transcript
    }
}
