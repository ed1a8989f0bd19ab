import DTLS
import TransportTypes

/// Two sessions, and between them somebody who can change, repeat, hold back and add datagrams, but has no key.
enum DTLSEntry {
    private static let certificates: [Certificate] = (0..<2).map { _ in
        do { return try Certificate.generate(.ecdsaP256) } catch { preconditionFailure("no certificate: \(error)") }
    }

    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let client = try DTLSEnd(.client, certificates[0], expecting: certificates[1])
        let server = try DTLSEnd(.server, certificates[1], expecting: certificates[0])
        var now = Duration.zero
        var seen: [[UInt8]] = []
        client.session.start(now: now)
        server.session.start(now: now)
        var steps = 0
        while !input.isEmpty, steps < 200 {
            steps += 1
            let operation = input.byte()
            let (from, to) = operation & 0x80 == 0 ? (client, server) : (server, client)
            switch operation & 7 {
            case 0, 1:
                for datagram in from.takeOutbox() {
                    seen.append(datagram)
                    to.receive(datagram, now: now)
                }
            case 2:
                for datagram in from.takeOutbox() {
                    seen.append(datagram)
                    to.receive(input.mutate(datagram), now: now)
                }
            case 3: seen += from.takeOutbox()
            case 4 where !seen.isEmpty: to.receive(input.mutate(seen[input.below(seen.count)]), now: now)
            case 5: to.receive(input.take(input.number() % 2048), now: now)
            case 6:
                now += .milliseconds(20 * Int(input.byte()))
                client.session.handleTimeout(now: now)
                server.session.handleTimeout(now: now)
            default: from.send(input.take(input.below(64)))
            }
            try check(client, server)
        }
        client.session.close()
        server.session.close()
        try check(client, server)
    }

    /// Nobody without a key is heard, and nobody but the announced peer is connected to.
    private static func check(_ client: DTLSEnd, _ server: DTLSEnd) throws(FuzzFinding) {
        for (end, peer) in [(client, server), (server, client)] {
            try FuzzFinding.require(
                end.received.allSatisfy(peer.sent.contains), "something has arrived that the peer has not sent")
            if end.session.state == .connected {
                try FuzzFinding.require(
                    end.session.remoteCertificateDER == peer.session.certificate.der, "connected to somebody else")
            }
        }
    }
}

/// A session whose output is collected.
private final class DTLSEnd: DTLSSessionDelegate {
    private var outbox: [[UInt8]] = []
    private(set) var received: Set<[UInt8]> = []
    private(set) var sent: Set<[UInt8]> = []
    private var made: DTLSSession?

    init(_ role: DTLSRole, _ certificate: Certificate, expecting peer: Certificate) throws {
        made = try DTLSSession(
            role: role, certificate: certificate, remoteFingerprints: peer.fingerprints,
            configuration: DTLSConfiguration(), delegate: self)
    }

    var session: DTLSSession {
        guard let made else { preconditionFailure("a session is made in init") }
        return made
    }

    func takeOutbox() -> [[UInt8]] {
        defer { outbox = [] }
        return outbox
    }

    func receive(_ datagram: [UInt8], now: Duration) { session.receive(datagram.span, now: now) }

    func send(_ bytes: [UInt8]) {
        guard session.state == .connected else { return }
        sent.insert(bytes)
        try? session.send(bytes.span)
    }

    func dtlsSession(_ session: DTLSSession, didProduce datagram: Span<UInt8>) {
        outbox.append(datagram.indices.map { datagram[$0] })
    }

    func dtlsSession(_ session: DTLSSession, didReceive applicationData: Span<UInt8>) {
        received.insert(applicationData.indices.map { applicationData[$0] })
    }

    func dtlsSession(_ session: DTLSSession, didChange state: DTLSState, error: DTLSError?) {}
}
