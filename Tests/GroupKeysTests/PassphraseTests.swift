import TestSupport
import Testing

@testable import GroupKeys

@Suite("Passphrases")
struct PassphraseTests {
    /// So that tests do not wait for memory; one of them takes what programs do.
    private static let cost = Scrypt.Cost(n: 16, r: 1, p: 1)
    private let key = GroupKey()

    private func passphrase(_ text: String, _ group: String? = nil) async throws -> GroupPassphrase {
        try await GroupPassphrase(text, group: group ?? key.advertisement, cost: Self.cost)
    }

    private func context(_ address: String = "192.0.2.7:3010") throws -> ChallengeContext {
        try ChallengeContext(server: "leader", client: "joiner", binding: .address(address))
    }

    @Test("who knows the passphrase gets the key")
    func gets() async throws {
        let known = try await GroupPassphrase("correct horse", group: key.advertisement)
        let typed = try await GroupPassphrase(" correct horse\n", group: key.advertisement.uppercased())
        var join = try PassphraseJoin(typed, context: try context())
        var offer = try PassphraseOffer(key, known, context: try context(), share: join.share, now: .zero)
        let (proof, sealed) = try offer.accept(try join.confirm(offer.share), now: .seconds(9))
        #expect(try join.open(proof: proof, sealed: sealed) == key)
    }

    @Test("who does not know it gets nothing, and one guess")
    func refused() async throws {
        var join = try PassphraseJoin(try await passphrase("wrong"), context: try context())
        var offer = try PassphraseOffer(
            key, try await passphrase("right"), context: try context(), share: join.share, now: .zero)
        let guess = try join.confirm(offer.share)
        let error = #expect(throws: GroupKeyError.self) { try offer.accept(guess, now: .zero) }
        #expect(error?.code == .wrongPassphrase)
        let again = #expect(throws: GroupKeyError.self) { try offer.accept(guess, now: .zero) }
        #expect(again?.code == .stale)
        #expect(throws: GroupKeyError.self) { try join.confirm(offer.share) }
    }

    @Test("a member that does not know it is found out, also if it says that it does")
    func falseMember() async throws {
        var join = try PassphraseJoin(try await passphrase("right"), context: try context())
        let offer = try PassphraseOffer(
            key, try await passphrase("wrong"), context: try context(), share: join.share, now: .zero)
        let own = try join.confirm(offer.share)
        // Its own proof shown to it, too.
        let error = #expect(throws: GroupKeyError.self) {
            try join.open(proof: own, sealed: String(repeating: "0", count: 88))
        }
        #expect(error?.code == .wrongPassphrase)
        #expect(throws: GroupKeyError.self) { try join.open(proof: own, sealed: "") }
    }

    @Test("who carries a run between two others changes nothing of it, nor takes it elsewhere")
    func changed() async throws {
        let right = try await passphrase("right")
        func run(
            seen: String = "192.0.2.7:3010", group: String? = nil, key handed: GroupKey? = nil,
            _ change: (String) -> String = { $0 }
        ) async throws -> GroupKey {
            var join = try PassphraseJoin(try await passphrase("right", group), context: try context(seen))
            var offer = try PassphraseOffer(handed ?? key, right, context: try context(), share: join.share, now: .zero)
            let (proof, sealed) = try offer.accept(try join.confirm(offer.share), now: .zero)
            return try join.open(proof: proof, sealed: change(sealed))
        }
        #expect(try await run() == key)
        await #expect(throws: GroupKeyError.self) { try await run(seen: "192.0.2.66:3010") }
        await #expect(throws: GroupKeyError.self) { try await run(group: GroupKey().advertisement) }
        // A member that hands over another group's key.
        await #expect(throws: GroupKeyError.self) { try await run(key: GroupKey()) }
        for change in [
            { String($0.dropLast(2)) }, { "00" + $0.dropFirst(2) }, { $0 + "00" }, { _ in "" },
            { _ in String(repeating: "zz", count: 44) },
        ] as [(String) -> String] { await #expect(throws: GroupKeyError.self) { try await run(change) } }
    }

    @Test("shares that are no points are refused")
    func invalidShares() async throws {
        let right = try await passphrase("right")
        let share = try PassphraseJoin(right, context: try context()).share
        let bad = [
            "", "00", String(repeating: "0", count: 130), "04" + String(repeating: "0", count: 128),
            "04" + String(repeating: "f", count: 128), "02" + share.dropFirst(2), String(share.dropLast(2)),
            share + "00", String(share.dropLast()) + (share.hasSuffix("0") ? "1" : "0"),
            String(repeating: "é", count: 65), String(repeating: "0", count: 100_000),
        ]
        for share in bad {
            var join = try PassphraseJoin(right, context: try context())
            #expect(throws: GroupKeyError.self) { try join.confirm(share) }
            #expect(throws: GroupKeyError.self) { try join.confirm(share) }
            #expect(throws: GroupKeyError.self) {
                try PassphraseOffer(key, right, context: try context(), share: share, now: .zero)
            }
        }
    }

    @Test("a share that leaves nothing but the password's part is refused")
    func identity() throws {
        let curve = try P256()
        let w = try #require(try curve.scalar(reducing: [7]))
        let a = try SPAKE2(.a, identities: ([], []), w: w)
        // w·N alone: less w·N, it is the identity.
        let n = try #require(
            HexText.read("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49", count: 33))
        let mask = try #require(try curve.product(w, n))
        let error = #expect(throws: GroupKeyError.self) { try a.finish(mask) }
        #expect(error?.code == .malformed)
    }

    @Test("a run ends after ten seconds")
    func late() async throws {
        let right = try await passphrase("right")
        var join = try PassphraseJoin(right, context: try context())
        var offer = try PassphraseOffer(key, right, context: try context(), share: join.share, now: .seconds(1))
        let proof = try join.confirm(offer.share)
        let error = #expect(throws: GroupKeyError.self) { try offer.accept(proof, now: .seconds(11)) }
        #expect(error?.code == .stale)
    }

    @Test("passphrases of nothing or without end are refused, and letters count however they are composed")
    func unusable() async throws {
        for text in ["", " \n", String(repeating: "a", count: 1025)] {
            let error = await #expect(throws: GroupKeyError.self) { try await passphrase(text) }
            #expect(error?.code == .invalidPassphrase)
        }
        #expect(try await passphrase("caf\u{E9}").w == passphrase("cafe\u{301}").w)
        #expect(try await passphrase("a").w != passphrase("b").w)
        #expect(try await passphrase("a", "x").w != passphrase("a", "y").w)
        let text = "\(try await passphrase("secret"))"
        #expect(!text.contains("secret"))
    }

    // RFC 7914 §12.
    @Test("scrypt is RFC 7914's")
    func scrypt() throws {
        let empty = try #require(Scrypt.derivedNow([], salt: [], cost: Scrypt.Cost(n: 16, r: 1, p: 1), count: 64))
        #expect(HexText.write(empty).hasPrefix("77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"))
        let nacl = try #require(
            Scrypt.derivedNow(
                Array("password".utf8), salt: Array("NaCl".utf8), cost: Scrypt.Cost(n: 1024, r: 8, p: 16), count: 64))
        #expect(HexText.write(nacl).hasPrefix("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"))
        #expect(Scrypt.derivedNow([1], salt: [1], cost: Scrypt.Cost(n: 15, r: 1, p: 1), count: 16) == nil)
    }

    @Test("attempts are limited for each address and in all, and a right one is given back")
    func attempts() throws {
        var limit = AttemptLimit()
        for _ in 0..<5 { try limit.take(from: "192.0.2.1", now: .zero) }
        let error = #expect(throws: GroupKeyError.self) { try limit.take(from: "192.0.2.1", now: .seconds(10)) }
        #expect(error?.code == .tooManyAttempts && error?.message.contains("in 591 s") == true)
        limit.forgive("192.0.2.1")
        try limit.take(from: "192.0.2.1", now: .seconds(10))
        for host in 2..<7 { for _ in 0..<5 { try limit.take(from: "192.0.2.\(host)", now: .seconds(20)) } }
        let all = #expect(throws: GroupKeyError.self) { try limit.take(from: "192.0.2.99", now: .seconds(20)) }
        #expect(all?.code == .tooManyAttempts && all?.message.contains("in all") == true)
        try limit.take(from: "192.0.2.99", now: .seconds(600))
        limit.forgive("nobody")
        let long = String(repeating: "a", count: 1000)
        try limit.take(from: long, now: .seconds(2000))
        limit.forgive(long)
    }
}
