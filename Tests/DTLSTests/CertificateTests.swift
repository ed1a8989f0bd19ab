import TestSupport
import Testing
import TransportTypes

@testable import DTLS

@Suite("Certificates")
struct CertificateTests {
    @Test("a certificate and its key survive the way through PEM", arguments: [Fixtures.p256, Fixtures.rsa])
    func pem(certificate: Certificate) throws {
        let text = try certificate.certificatePEM()
        let key = try certificate.privateKeyPEM()
        #expect(text.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        #expect(key.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        for again in [
            try Certificate(pem: text, privateKey: key), try Certificate(pem: key + text, privateKey: text + key),
        ] {
            #expect(again == certificate)
            #expect(again.algorithm == certificate.algorithm)
            #expect(again.expires == certificate.expires)
            #expect(again.fingerprints == certificate.fingerprints)
            let (client, server) = try Endpoint.pair(client: again, server: certificate)
            var link = Link()
            link.connect(client, server)
            #expect(client.session.state == .connected && server.session.state == .connected)
        }
    }

    @Test("PEM text that is no certificate, or a key that is not its key, is refused with a reason")
    func malformedPEM() throws {
        let text = try Fixtures.p256.certificatePEM()
        let key = try Fixtures.p256.privateKeyPEM()
        let otherKey = try Fixtures.otherP256.privateKeyPEM()
        for (text, key, hint) in [
            ("", key, "no certificate"), ("hello", key, "no certificate"), (key, key, "no certificate"),
            (text, "", "no private key"), (text, text, "no private key"),
            (text, String(key.dropLast(60)), "no private key"),
            (text, otherKey, "not that of the certificate"), (text, try Fixtures.rsa.privateKeyPEM(), "not that"),
            (text, Self.encryptedKey, "encrypted"), (Self.ed25519, Self.ed25519, "neither RSA nor"),
        ] {
            let error = try #require(throws: DTLSError.self) { try Certificate(pem: text, privateKey: key) }
            #expect(error.code == .invalidCertificate)
            #expect(error.message.contains(hint), "\(error.message)")
        }
    }

    @Test("changed PEM text never traps and never changes the key of a certificate")
    func randomPEM() throws {
        var random = SeededGenerator(seed: 11)
        let text = Array(try Fixtures.p256.certificatePEM().utf8)
        let key = try Fixtures.p256.privateKeyPEM()
        var refused = 0
        for _ in 0..<500 {
            var bytes = text
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...127, using: &random)
            }
            do {
                _ = try Certificate(pem: String(decoding: bytes, as: UTF8.self), privateKey: key)
            } catch {
                refused += 1
                #expect(error.code == .invalidCertificate || error.code == .library, "\(error)")
            }
        }
        #expect(refused > 100)
    }

    @Test("parameters out of range are refused")
    func parameters() {
        for algorithm in [KeyAlgorithm.rsa(bits: 1024), .rsa(bits: 2047), .rsa(bits: -1), .rsa(bits: .max)] {
            let error = #expect(throws: DTLSError.self) { try Certificate.generate(algorithm) }
            #expect(error?.code == .invalidParameter)
        }
        for seconds in [Int64.min, -1, 0, 3651 * 86400, .max] {
            let error = #expect(throws: DTLSError.self) { try Certificate.generate(validFor: .seconds(seconds)) }
            #expect(error?.code == .invalidParameter)
        }
        let error = #expect(throws: DTLSError.self) { try Fixtures.p256.fingerprint(.sha1) }
        #expect(error?.code == .invalidParameter)
    }

    @Test("a certificate expires when its validity ends")
    func expiry() throws {
        let before = WallClock.milliseconds
        let certificate = try Certificate.generate(validFor: .seconds(90_061))
        let left = certificate.expires - before
        #expect((90_059_000...90_072_000).contains(left), "\(left)")
        #expect(!certificate.hasExpired)
        #expect(!certificate.hasExpired(at: certificate.expires - 1))
        #expect(certificate.hasExpired(at: certificate.expires))
    }

    @Test("the shared certificate is made once, and two made ones differ")
    func shared() throws {
        #expect(try Certificate.shared() == Certificate.shared())
        #expect(try Certificate.shared() != Certificate.generate())
        #expect(try Certificate.shared().fingerprints.map(\.algorithm) == [.sha256])
        #expect(try Certificate.shared().fingerprint(.sha512).bytes.count == 64)
    }

    @Test("the description names the fingerprint and not the key")
    func description() throws {
        #expect(Fixtures.p256.description == "certificate \(Fixtures.p256.fingerprints[0])")
    }

    /// A certificate that WebRTC peers do not take, made for this test.
    private static let ed25519 = """
        -----BEGIN CERTIFICATE-----
        MIIBLDCB36ADAgECAhQGZCQs+ucgMaDkjLB356WzfKGPXzAFBgMrZXAwDDEKMAgG
        A1UEAwwBeDAeFw0yNjExMjEwODM4MDBaFw0zNjExMTgwODM4MDBaMAwxCjAIBgNV
        BAMMAXgwKjAFBgMrZXADIQAhLkHB5y8RvwRD+EnslzxdZWUWtPbZuFzm05MgYx/g
        dKNTMFEwHQYDVR0OBBYEFIX15tj+khXKR0ZcYBxpjJOz8YIbMB8GA1UdIwQYMBaA
        FIX15tj+khXKR0ZcYBxpjJOz8YIbMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EA
        EPTdQsW0iMM+X6zCbHJ0kNV9vGWzhD1Q5JbyeEO7WTAWrlc0CmBLmYtwTylnQZAm
        C0Ph247mN+nmfGYu360fAg==
        -----END CERTIFICATE-----
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIH0vbstFNhxU2OI4Vy31w5/tjcprYRcF8bPlpkOJzZlz
        -----END PRIVATE KEY-----
        """

    /// A key that needs a password, made for this test.
    private static let encryptedKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhj+37UjgwhkAICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEMOrRJZKw0+hudi9mtQBGeIEgZAp
        8eY1EGryer73gb4mlgeroRxb6+Xh+QUN9O8KBffmEx5RGw9GexjSa2XU4bS7oPWG
        f1fNgdoEG+HSNC/4LZdCxAKjiINk3WSIJD8Q88Gbp3u9WGCC6B2K32QoaZeUUKu4
        XjzrMbuy3JsxRI4U8CjUqGfABUs+Nc4zDkDGEJLWqASSYubq+xtZTEgCz/1WFZM=
        -----END ENCRYPTED PRIVATE KEY-----
        """
}
