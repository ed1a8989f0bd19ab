import DTLS
import TransportTypes

/// One end of a test: a session whose output is collected.
final class Endpoint: DTLSSessionDelegate {
    var outbox: [[UInt8]] = []
    var received: [[UInt8]] = []
    var states: [DTLSState] = []
    var error: DTLSError?
    /// Runs inside of the callbacks, for tests of what may be called from there.
    var onProduce: ((DTLSSession) -> Void)?
    var onReceive: ((DTLSSession) -> Void)?
    var onState: ((DTLSSession, DTLSState) -> Void)?
    private var made: DTLSSession?

    init(
        _ role: DTLSRole, _ certificate: Certificate, expecting fingerprints: [Fingerprint],
        _ configuration: DTLSConfiguration = DTLSConfiguration()
    ) throws {
        made = try DTLSSession(
            role: role, certificate: certificate, remoteFingerprints: fingerprints, configuration: configuration,
            delegate: self)
    }

    var session: DTLSSession {
        guard let made else { preconditionFailure("a session is made in init") }
        return made
    }

    /// Two ends that know each other's fingerprints.
    static func pair(
        client: Certificate, server: Certificate, _ configuration: DTLSConfiguration = DTLSConfiguration()
    ) throws -> (client: Endpoint, server: Endpoint) {
        (
            try Endpoint(.client, client, expecting: server.fingerprints, configuration),
            try Endpoint(.server, server, expecting: client.fingerprints, configuration)
        )
    }

    func takeOutbox() -> [[UInt8]] {
        defer { outbox = [] }
        return outbox
    }

    func receive(_ datagram: [UInt8], now: Duration = .zero) { session.receive(datagram.span, now: now) }

    /// Several that lie back to back.
    func receive(_ datagrams: [UInt8], segmentSize: Int) {
        session.receive(datagrams.span, segmentSize: segmentSize, now: .zero)
    }

    func send(_ bytes: [UInt8]) throws { try session.send(bytes.span) }

    func dtlsSession(_ session: DTLSSession, didProduce datagram: Span<UInt8>) {
        outbox.append(datagram.indices.map { datagram[$0] })
        onProduce?(session)
    }

    func dtlsSession(_ session: DTLSSession, didReceive applicationData: Span<UInt8>) {
        received.append(applicationData.indices.map { applicationData[$0] })
        onReceive?(session)
    }

    func dtlsSession(_ session: DTLSSession, didChange state: DTLSState, error: DTLSError?) {
        states.append(state)
        if let error { self.error = error }
        onState?(session, state)
    }
}

extension DTLSConfiguration {
    /// Short waits, for tests that lose datagrams. They grow, so that a busy machine only makes
    /// such a test slower.
    static let quick = DTLSConfiguration(initialRetransmission: .milliseconds(60), maximumRetransmission: .seconds(1))
}
