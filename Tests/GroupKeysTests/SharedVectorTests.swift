import Testing

@testable import GroupKeys

/// What pages have to compute, too: Tests/GatewayTests/JavaScript/group.test.mjs has the same. Made beside both, with Python's hmac.
@Suite("Vectors that pages share")
struct SharedVectorTests {
    private static let client = "91AB0000-0000-4000-8000-000000000002"
    private static let server = "6f0c0000-0000-4000-8000-000000000001"

    @Test("words, text and proofs of a key are those of other implementations")
    func vectors() throws {
        let key = try #require(GroupKey(bytes: Array(0..<16)))
        #expect(key.text == "MESH-GROUP:AAAQEAYEAUDAOCAJBIFQYDIOB4ZLGP")
        #expect(
            key.words
                == "abacus algae install algae elapse acumen bodily botany amuse fifth degree blurt")
        let context = try ChallengeContext(
            server: Self.server, client: Self.client, binding: .address("Desk.local:3010"))
        let nonces = try [1, 2].map { try #require(Nonce(String(repeating: "0\($0)", count: 32))) }
        let proofs = [ChallengeContext.Side.server, .client].map { side in
            HexText.write(
                context.transcript(of: side, client: nonces[0], server: nonces[1]).code(key.derived(.challenge)))
        }
        #expect(proofs[0] == "8f3a505d36767773b7c4eef2748f48c618817779438d69d75fffcf64ce8a0815")
        #expect(proofs[1] == "da621e2232db5790b0ce310e69bb5c725f0a3de834c1b07029df6c525ae60833")
        let (offer, answer) = (LinkProof.Description("v=0\r\noffer"), LinkProof.Description("v=0\r\nanswer"))
        let links = LinkProof(key: key)
        #expect(
            links.proof(offer: offer, from: Self.client, to: Self.server, number: 1).text
                == "9f684ad174a2edbe704b5c00eff63b2fc614bc2cc0090e9f8a638c0922e5362d")
        #expect(
            links.proof(answer: answer, to: offer, from: Self.server, to: Self.client).text
                == "334c5edd63449ba40cbdb92f601c84b097b39eba453a26b29b4f235f48c5389c")
    }
}
