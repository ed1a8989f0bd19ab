import TestSupport
import Testing
import TransportTypes

@testable import DTLS

@Suite("Fingerprints")
struct FingerprintTests {
    @Test("a fingerprint is read in either case and written in upper case")
    func roundTrip() throws {
        let text = "SHA-256 " + (0..<32).map { _ in "aB" }.joined(separator: ":")
        let fingerprint = try Fingerprint(parsing: text)
        #expect(fingerprint.algorithm == .sha256)
        #expect(fingerprint.bytes == Array(repeating: 0xAB, count: 32))
        #expect(fingerprint.description == "sha-256 " + (0..<32).map { _ in "AB" }.joined(separator: ":"))
        #expect(try Fingerprint(parsing: fingerprint.description) == fingerprint)
    }

    @Test(
        "every hash function of a certificate survives the way through SDP", arguments: Fingerprint.Algorithm.allCases)
    func algorithms(algorithm: Fingerprint.Algorithm) throws {
        let fingerprint = try Fingerprint(of: Fixtures.p256.der, algorithm)
        #expect(fingerprint.bytes.count == algorithm.byteCount)
        #expect(try Fingerprint(parsing: fingerprint.description) == fingerprint)
    }

    @Test(
        "the digest is that of SHA-256",
        arguments: [
            ("", "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55"),
            ("abc", "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD"),
        ])
    func vectors(text: String, value: String) throws {
        #expect(try Fingerprint(of: Array(text.utf8), .sha256).value == value)
    }

    @Test(
        "what is wrong with a fingerprint is said",
        arguments: [
            ("", "found 0 words"),
            ("sha-256", "found 1 word"),
            ("sha-256 AB CD", "found 3 words"),
            ("md5 AB:CD", "unknown hash function 'md5'"),
            ("sha-256 AB:CD", "has 32 bytes, not 2"),
            ("sha-1 " + Array(repeating: "00", count: 21).joined(separator: ":"), "has 20 bytes, not 21"),
            ("sha-1 AB:C", "byte 2 of the sha-1 fingerprint is 'C'"),
            ("sha-1 AB:+1", "byte 2"),
            ("sha-1 AB::CD", "byte 2"),
            ("sha-1 ABCD", "byte 1"),
            ("sha-1 é:AB", "byte 1"),
        ])
    func malformed(text: String, hint: String) throws {
        let error = try #require(throws: DTLSError.self) { try Fingerprint(parsing: text) }
        #expect(error.code == .invalidFingerprint)
        #expect(error.message.contains(hint), "\(error.message)")
    }

    @Test("random text never traps, and what is accepted round-trips")
    func randomText() throws {
        var random = SeededGenerator(seed: 7)
        let valid = Array("sha-1 \(Array(repeating: "4F", count: 20).joined(separator: ":"))".utf8)
        var accepted = 0
        for _ in 0..<5000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let fingerprint = try? Fingerprint(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            accepted += 1
            #expect(try Fingerprint(parsing: fingerprint.description) == fingerprint)
        }
        #expect(accepted > 1000)
    }

    @Test("only those with the strongest hash function decide, and one of them is enough")
    func preference() throws {
        let der = Fixtures.p256.der
        let weak = try Fingerprint(of: der, .sha1)
        let strong = try Fingerprint(of: der, .sha512)
        let other = try Fingerprint(of: Fixtures.rsa.der, .sha512)
        #expect(RemoteIdentity(announced: [other, weak, strong]).mismatch(of: der) == nil)
        #expect(RemoteIdentity(announced: [weak]).mismatch(of: der) == nil)
        let error = try #require(RemoteIdentity(announced: [weak, other]).mismatch(of: der))
        #expect(error.code == .fingerprintMismatch)
        #expect(error.message.contains(strong.description) && error.message.contains(other.description))
        #expect(!RemoteIdentity(announced: []).isKnown)
        #expect(RemoteIdentity(announced: []).mismatch(of: der)?.code == .fingerprintMismatch)
    }
}
