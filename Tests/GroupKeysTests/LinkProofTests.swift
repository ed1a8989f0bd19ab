import Testing

@testable import GroupKeys

@Suite("Proofs of links")
struct LinkProofTests {
    private let proofs = LinkProof(key: GroupKey())
    private let offer = LinkProof.Description("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\na=fingerprint:sha-256 AA:BB\r\n")
    private let answer = LinkProof.Description("v=0\r\no=- 2 1 IN IP4 0.0.0.0\r\na=fingerprint:sha-256 CC:DD\r\n")

    @Test("an offer's proof is for its text, its number, and from one to the other")
    func offers() {
        let proof = proofs.proof(offer: offer, from: "A", to: "b", number: 3)
        #expect(proofs.isValid(proof, offer: offer, from: "a", to: "B", number: 3))
        #expect(!proofs.isValid(proof, offer: offer, from: "B", to: "A", number: 3))
        #expect(!proofs.isValid(proof, offer: offer, from: "A", to: "C", number: 3))
        #expect(!proofs.isValid(proof, offer: offer, from: "C", to: "B", number: 3))
        #expect(!proofs.isValid(proof, offer: offer, from: "A", to: "B", number: 4))
        let changed = LinkProof.Description("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\na=fingerprint:sha-256 AA:BC\r\n")
        #expect(!proofs.isValid(proof, offer: changed, from: "A", to: "B", number: 3))
        #expect(!LinkProof(key: GroupKey()).isValid(proof, offer: offer, from: "A", to: "B", number: 3))
    }

    @Test("an answer's proof is for the offer that it answers")
    func answers() {
        let proof = proofs.proof(answer: answer, to: offer, from: "B", to: "A")
        #expect(proofs.isValid(proof, answer: answer, to: offer, from: "b", to: "a"))
        #expect(!proofs.isValid(proof, answer: answer, to: LinkProof.Description("another offer"), from: "B", to: "A"))
        #expect(!proofs.isValid(proof, answer: LinkProof.Description("another answer"), to: offer, from: "B", to: "A"))
        #expect(!proofs.isValid(proof, answer: answer, to: offer, from: "A", to: "B"))
        // Neither is taken for the other.
        #expect(!proofs.isValid(proof, offer: answer, from: "B", to: "A", number: 1))
        let offered = proofs.proof(offer: answer, from: "B", to: "A", number: 1)
        #expect(!proofs.isValid(offered, answer: answer, to: offer, from: "B", to: "A"))
    }

    @Test("an offer is taken once, and none that is older")
    func numbers() {
        var numbers = OfferNumbers(limit: 2)
        #expect(numbers.take(1, from: "A") && !numbers.take(1, from: "a") && !numbers.take(0, from: "A"))
        #expect(numbers.take(5, from: "A") && !numbers.take(4, from: "A") && numbers.take(1, from: "B"))
        #expect(numbers.take(.max, from: "A") && !numbers.take(.max, from: "A"))
        // B was heard of longest ago.
        #expect(numbers.take(1, from: "C") && !numbers.take(.max, from: "A") && numbers.take(1, from: "B"))
    }
}
