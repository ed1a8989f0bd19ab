internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// The client's end of TLS for one attempt to connect.
struct TLSConnector: Sendable {
    /// How long a server that is said goodbye to has for its own (RFC 8446 §6.1).
    private static let closingTime = TimeAmount.seconds(1)

    private let context: NIOSSLContext
    private let trust: ClientTLS.Trust
    private let identity: ServerIdentity

    /// Reads the roots, on a thread that may wait for them.
    ///
    /// - Throws: `.invalidConfiguration` when there are none in the file.
    static func make(_ tls: ClientTLS, host: String) async throws(SignalingError) -> TLSConnector {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try TLSConnector(tls, host: host) }
        } catch let error as SignalingError {
            throw error
        } catch {
            throw SignalingError(.tlsFailed, "TLS cannot be set up: \(error)")
        }
    }

    private init(_ tls: ClientTLS, host: String) throws {
        trust = tls.trust
        identity = ServerIdentity(host: host)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = Self.closingTime
        // The name is compared by TLSHandshakeGate: NIOSSL would take a certificate for the
        // address that the name resolves to as well, and that anybody may have.
        configuration.certificateVerification = .noHostnameVerification
        switch tls.trust {
        case .system: configuration.trustRoots = .default
        case .roots(let path): configuration.trustRoots = .certificates(try Self.roots(path))
        case .pinned: configuration.trustRoots = .certificates([])
        }
        context = try NIOSSLContext(configuration: configuration)
    }

    private static func roots(_ path: String) throws(SignalingError) -> [NIOSSLCertificate] {
        switch CertificateFiles.read(path) {
        case .unreadable(let reason): throw SignalingError(.invalidConfiguration, "the roots in \(path): \(reason)")
        case .bytes(let bytes):
            guard let roots = try? CertificateFiles.certificates(inPEM: bytes) else {
                throw SignalingError(.invalidConfiguration, "\(path) has no roots: certificates in PEM")
            }
            return roots
        }
    }

    /// Puts TLS into a connection that has nothing yet; on its event loop.
    func secure(_ channel: any Channel) throws {
        let gate = TLSHandshakeGate(identity: identity)
        let handler: NIOSSLClientHandler
        if case .pinned(let fingerprints) = trust {
            handler = try NIOSSLClientHandler(
                context: context, serverHostname: identity.name,
                customVerificationCallback: { [gate] certificates, promise in
                    let isPinned = gate.isPinned(certificates.first, among: fingerprints)
                    promise.succeed(isPinned ? .certificateVerified : .failed)
                })
        } else {
            handler = try NIOSSLClientHandler(context: context, serverHostname: identity.name)
        }
        try channel.pipeline.syncOperations.addHandlers([handler, gate])
    }
}
