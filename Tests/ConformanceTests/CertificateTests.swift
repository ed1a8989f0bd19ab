import DTLS
import JSEP
import TestSupport
import Testing
import TransportTypes
import WebRTC
import WebRTCTestSupport

@Suite("CRT: certificates and DTLS", .timeLimit(.minutes(3)))
struct CertificateTests {
    private func configuration(_ certificates: Certificate...) -> PeerConnection.Configuration {
        var configuration = ConnectedPair.loopback
        configuration.certificates = certificates
        return configuration
    }

    @Test("CRT-01 RSA of 2048 bits and ECDSA on P-256 both generate, and expire in the future")
    func generate() throws {
        for algorithm in [KeyAlgorithm.rsa(bits: 2048), .ecdsaP256] {
            let certificate = try Certificate.generate(algorithm)
            #expect(certificate.algorithm == algorithm)
            #expect(!certificate.hasExpired && certificate.expires > 0)
        }
    }

    @Test("CRT-02 a key that is not supported is refused")
    func unsupportedKey() {
        let error = #expect(throws: DTLSError.self) { try Certificate.generate(.rsa(bits: 1024)) }
        #expect(error?.code == .invalidParameter)
    }

    @Test("CRT-04 a validity that is not positive is refused")
    func negativeValidity() {
        for seconds in [-1, 0] {
            let error = #expect(throws: DTLSError.self) {
                try Certificate.generate(.ecdsaP256, validFor: .seconds(seconds))
            }
            #expect(error?.code == .invalidParameter)
        }
    }

    @Test("CRT-05 an expired certificate in the configuration is an InvalidAccessError")
    func expired() async throws {
        let expired = try Certificate(pem: Self.expired, privateKey: Self.expired)
        #expect(expired.hasExpired)
        await expect(.invalidAccess) { _ = try PeerConnection(configuration: configuration(expired)) }
    }

    @Test("CRT-06 the same certificate may be set again; another one or one more is an InvalidModificationError")
    func change() async throws {
        let (first, second) = (try Certificate.generate(), try Certificate.generate())
        let connection = try PeerConnection(configuration: configuration(first))
        defer { connection.close() }
        try await connection.setConfiguration(configuration(first))
        await expect(.invalidModification) { try await connection.setConfiguration(configuration(second)) }
        await expect(.invalidModification) { try await connection.setConfiguration(configuration(first, second)) }
        await expect(.invalidModification) { try await connection.setConfiguration(configuration()) }
        #expect(await connection.getConfiguration().certificates == [first])
    }

    @Test("CRT-07 a certificate has a fingerprint of a known hash, in hexadecimal with colons")
    func fingerprints() throws {
        let prints = try Certificate.generate().fingerprints
        #expect(!prints.isEmpty)
        for print in prints {
            #expect(["sha-1", "sha-224", "sha-256", "sha-384", "sha-512"].contains(print.algorithm.rawValue))
            let bytes = print.value.split(separator: ":")
            #expect(bytes.count == print.algorithm.byteCount)
            #expect(bytes.allSatisfy { $0.count == 2 && UInt8($0, radix: 16) != nil })
        }
    }

    @Test(
        "CRT-09 certificates of either kind connect with those of the other",
        arguments: [KeyAlgorithm.ecdsaP256, .rsa(bits: 2048)], [KeyAlgorithm.ecdsaP256, .rsa(bits: 2048)])
    func kinds(left: DTLS.KeyAlgorithm, right: DTLS.KeyAlgorithm) async throws {
        let pair = try ConnectedPair(configuration(.generate(left)), configuration(.generate(right)))
        _ = try await pair.channel()
        #expect(await states(pair.a.connectionStates, until: .connected).last == .connected)
        #expect(await states(pair.b.connectionStates, until: .connected).last == .connected)
        await pair.close()
    }

    @Test("CRT-10 the peer's certificate is the one whose fingerprint it has published")
    func remoteCertificates() async throws {
        let (left, right) = (try Certificate.generate(), try Certificate.generate())
        let pair = try ConnectedPair(configuration(left), configuration(right))
        _ = try await pair.channel()
        #expect(pair.a.sctp?.transport.remoteCertificates == [right.der])
        #expect(pair.b.sctp?.transport.remoteCertificates == [left.der])
        let published = try #require(pair.a.remoteDescription).values(of: "fingerprint")
        #expect(published == [right.fingerprints[0].description])
        await pair.close()
    }

    @Test("CRT-11 both DTLS transports are connected after offer, answer and candidates")
    func connected() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        #expect(pair.a.sctp?.transport.state == .connected && pair.b.sctp?.transport.state == .connected)
        await pair.close()
    }

    @Test("CRT-13, CRT-15 closing one end closes the other's DTLS and SCTP transports and its channels")
    func closing() async throws {
        let pair = try ConnectedPair()
        let (_, channel) = try await pair.channel()
        let sctp = try #require(pair.b.sctp)
        pair.a.close()
        await channel.closed()
        #expect(channel.readyState == .closed)
        // DTLS says so without an event, and may do it after SCTP.
        try await waitUntil { sctp.transport.state == .closed && sctp.state == .closed }
        await pair.close()
    }

    @Test("CRT-17 a fingerprint in the answer that is not the answerer's makes both connections fail")
    func alteredFingerprint() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.a.createDataChannel("data")
        let (statesOfA, statesOfB) = (pair.a.connectionStates, pair.b.connectionStates)
        let offer = try await pair.a.createOffer()
        try await pair.b.setRemoteDescription(offer)
        try await pair.a.setLocalDescription(offer)
        try await pair.b.setLocalDescription()
        var answer = try #require(pair.b.localDescription)
        let other = try Certificate.generate().fingerprints[0].description
        answer.sdp = answer.sdp.replacing(answer.values(of: "fingerprint")[0], with: other)
        try await pair.a.setRemoteDescription(answer)
        #expect(await states(statesOfA, until: .failed).last == .failed)
        #expect(await states(statesOfB, until: .failed).last == .failed)
        await pair.close()
    }

    @Test(
        "CRT-18 fingerprints of SHA-1 and of SHA-2 are accepted",
        arguments: [Fingerprint.Algorithm.sha1, .sha256, .sha384, .sha512])
    func hashes(algorithm: Fingerprint.Algorithm) async throws {
        let (offerer, answerer) = (try PeerConnection(), try PeerConnection())
        defer {
            offerer.close()
            answerer.close()
        }
        _ = try await offerer.createDataChannel("data")
        var offer = try await offerer.createOffer()
        let print = try Fingerprint(algorithm: algorithm, bytes: [UInt8](repeating: 7, count: algorithm.byteCount))
        offer.sdp = offer.sdp.replacing(offer.values(of: "fingerprint")[0], with: print.description)
        try await answerer.setRemoteDescription(offer)
        #expect(answerer.remoteDescription?.values(of: "fingerprint") == [print.description])
    }

    @Test("CRT-19 another fingerprint with the same ICE credentials is an InvalidAccessError, in offers and answers")
    func changedFingerprint() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        let other = try Certificate.generate().fingerprints[0].description
        var offer = try await pair.a.createOffer()
        offer.sdp = offer.sdp.replacing(offer.values(of: "fingerprint")[0], with: other)
        let changed = offer
        await expect(.invalidAccess) { try await pair.b.setRemoteDescription(changed) }
        try await pair.b.setRemoteDescription(pair.a.createOffer())
        try await pair.a.setLocalDescription()
        try await pair.b.setLocalDescription()
        var answer = try #require(pair.b.localDescription)
        answer.sdp = answer.sdp.replacing(answer.values(of: "fingerprint")[0], with: other)
        let altered = answer
        await expect(.invalidAccess) { try await pair.a.setRemoteDescription(altered) }
        await pair.close()
    }

    @Test(
        "CRT-20 the answer takes the part in DTLS that the offer leaves it",
        arguments: [("actpass", ["active", "passive"]), ("active", ["passive"]), ("passive", ["active"])])
    func setup(offered: String, answers: [String]) async throws {
        let (offerer, answerer) = (try PeerConnection(), try PeerConnection())
        defer {
            offerer.close()
            answerer.close()
        }
        _ = try await offerer.createDataChannel("data")
        var offer = try await offerer.createOffer()
        offer.sdp = offer.sdp.replacing("a=setup:actpass", with: "a=setup:\(offered)")
        try await answerer.setRemoteDescription(offer)
        let answer = try await answerer.createAnswer()
        #expect(answer.values(of: "setup").allSatisfy(answers.contains) && answer.values(of: "setup").count == 1)
    }

    @Test("CRT-22 the statistics name the version and the cipher suite of DTLS")
    func cipher() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        for connection in [pair.a, pair.b] {
            let transport = try #require(await connection.getStats().transport)
            #expect(["FEFD", "FEFC"].contains(transport.tlsVersion))
            #expect(transport.dtlsCipher?.contains("AES_128_GCM_SHA256") == true)
        }
        await pair.close()
    }

    /// Valid for the year 2019; its key is nobody's.
    private static let expired = """
        -----BEGIN CERTIFICATE-----
        MIIBEDCBt6ADAgECAgEBMAoGCCqGSM49BAMCMBIxEDAOBgNVBAMMB2V4cGlyZWQw
        HhcNMTkwMTAxMDAwMDAwWhcNMjAwMTAxMDAwMDAwWjASMRAwDgYDVQQDDAdleHBp
        cmVkMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmzlY/ySzMKfu6dVZwGxpKNgO
        Y6c+/HBYybOU3HN1cZYPPKb+Vr+kssTZQFRitjj9YRw2OWZodSkem8jlbKHWTzAK
        BggqhkjOPQQDAgNIADBFAiEAsXOd5B+v0WmZOYaNUI7z1ZLfOEThS9eW9fi7XvUW
        ThUCIBBleYsH0tE10+28E6QmPLvkoxwOPRxjmJ6GwpMH6hcs
        -----END CERTIFICATE-----
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGrK0rcx48sVsdph1
        5/r75+YzrLriQCrpLl5IVYi95l+hRANCAASbOVj/JLMwp+7p1VnAbGko2A5jpz78
        cFjJs5Tcc3Vxlg88pv5Wv6SyxNlAVGK2OP1hHDY5Zmh1KR6byOVsodZP
        -----END PRIVATE KEY-----
        """
}
