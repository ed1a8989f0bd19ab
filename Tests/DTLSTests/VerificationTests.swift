import Testing
import TransportTypes

@testable import DTLS

@Suite("Verification of the peer")
struct VerificationTests {
    @Test(
        "a certificate that was not announced fails both ends before any data or key",
        arguments: [DTLSRole.client, .server])
    func mismatch(deceived: DTLSRole) async throws {
        let wrong = Fixtures.rsa.fingerprints
        let right = Fixtures.p256.fingerprints
        let client = try Endpoint(.client, Fixtures.p256, expecting: deceived == .client ? wrong : right)
        let server = try Endpoint(.server, Fixtures.p256, expecting: deceived == .server ? wrong : right)
        let (victim, other) = deceived == .client ? (client, server) : (server, client)
        var link = Link()
        await link.connectInTime(client, server)
        #expect(victim.states == [.connecting, .failed])
        #expect(other.states == [.connecting, .failed])
        let error = try #require(victim.error)
        #expect(error.code == .fingerprintMismatch)
        #expect(error.message.contains(Fixtures.rsa.fingerprints[0].value))
        #expect(error.message.contains(Fixtures.p256.fingerprints[0].value))
        #expect(other.error?.code == .alertReceived)
        #expect(other.error?.alert == 42, "bad_certificate")
        for end in [client, server] {
            #expect(end.session.exportSRTPKeys() == nil)
            #expect(end.received.isEmpty)
            #expect(throws: DTLSError.self) { try end.send([1]) }
        }
    }

    @Test(
        "each hash function can name the peer, sha-1 included when it is the only one",
        arguments: Fingerprint.Algorithm.allCases)
    func algorithms(algorithm: Fingerprint.Algorithm) throws {
        let announced = [try Fingerprint(of: Fixtures.p256.der, algorithm)]
        let client = try Endpoint(.client, Fixtures.p256, expecting: announced)
        let server = try Endpoint(.server, Fixtures.p256, expecting: announced)
        var link = Link()
        link.connect(client, server)
        #expect(client.session.state == .connected && server.session.state == .connected)
    }

    @Test("one match among the strongest is enough, and a match of a weaker one is not")
    func strongestDecides() async throws {
        let mine = Fixtures.p256.der
        let other = Fixtures.rsa.der
        let several = [try Fingerprint(of: other, .sha256), try Fingerprint(of: mine, .sha256)]
        let downgrade = [try Fingerprint(of: mine, .sha1), try Fingerprint(of: other, .sha512)]
        for (announced, state) in [(several, DTLSState.connected), (downgrade, .failed)] {
            let client = try Endpoint(.client, Fixtures.p256, expecting: announced)
            let server = try Endpoint(.server, Fixtures.p256, expecting: Fixtures.p256.fingerprints)
            var link = Link()
            await link.connectInTime(client, server)
            #expect(client.session.state == state)
        }
    }

    @Test(
        "without fingerprints the handshake waits, then goes on to connected or failed",
        arguments: [DTLSRole.client, .server], [true, false])
    func lateFingerprints(late: DTLSRole, isRight: Bool) async throws {
        let known = Fixtures.p256.fingerprints
        let client = try Endpoint(.client, Fixtures.p256, expecting: late == .client ? [] : known)
        let server = try Endpoint(.server, Fixtures.p256, expecting: late == .server ? [] : known)
        let (waiting, other) = late == .client ? (client, server) : (server, client)
        // No time passes here, so that nothing is sent again.
        client.session.start(now: .zero)
        server.session.start(now: .zero)
        var link = Link()
        link.run(client, server)
        #expect(waiting.states == [.connecting] && other.states == [.connecting])
        #expect(waiting.session.exportSRTPKeys() == nil)
        #expect(waiting.session.remoteCertificateDER == nil)
        #expect(waiting.session.nextDeadline == nil, "the peer's flight is here; there is nothing to repeat")
        waiting.session.setRemoteFingerprints(isRight ? known : Fixtures.rsa.fingerprints, now: .zero)
        if !isRight { await link.runInTime(client, server) }
        link.run(client, server)
        #expect(waiting.session.state == (isRight ? .connected : .failed))
        #expect(other.session.state == (isRight ? .connected : .failed))
        #expect(waiting.error?.code == (isRight ? nil : .fingerprintMismatch))
    }

    @Test("fingerprints that change to others fail a connected session, the same ones again do not")
    func changedFingerprints() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        var link = Link()
        link.connect(client, server)
        client.session.setRemoteFingerprints(Fixtures.otherP256.fingerprints, now: .zero)
        #expect(client.session.state == .connected)
        client.session.setRemoteFingerprints(Fixtures.rsa.fingerprints, now: .zero)
        #expect(client.session.state == .failed)
        #expect(client.error?.code == .fingerprintMismatch)
        link.run(client, server)
        #expect(server.session.state == .closed)
    }

    @Test("SRTP keys are the same on both ends, with the directions swapped", arguments: SRTPProfile.allCases)
    func keys(profile: SRTPProfile) throws {
        var configuration = DTLSConfiguration()
        configuration.srtpProfiles = [profile]
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256, configuration)
        var link = Link()
        link.connect(client, server)
        let mine = try #require(client.session.exportSRTPKeys())
        let theirs = try #require(server.session.exportSRTPKeys())
        #expect(mine.profile == profile && theirs.profile == profile)
        #expect(mine.localKey == theirs.remoteKey && mine.remoteKey == theirs.localKey)
        #expect(mine.localSalt == theirs.remoteSalt && mine.remoteSalt == theirs.localSalt)
        #expect(mine.localKey.count == profile.keyLength && mine.localSalt.count == profile.saltLength)
        #expect(mine.localKey != mine.remoteKey)
    }

    @Test("without a common profile there are no SRTP keys, and the session connects all the same")
    func noProfile() throws {
        var none = DTLSConfiguration()
        none.srtpProfiles = []
        let client = try Endpoint(.client, Fixtures.p256, expecting: Fixtures.p256.fingerprints, none)
        let server = try Endpoint(.server, Fixtures.p256, expecting: Fixtures.p256.fingerprints)
        var link = Link()
        link.connect(client, server)
        #expect(client.session.state == .connected && server.session.state == .connected)
        #expect(client.session.exportSRTPKeys() == nil && server.session.exportSRTPKeys() == nil)
    }
}
