internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Signaling

/// Makes connections, with TLS or without.
struct RedisConnector: Sendable {
    private static let rootsLimit = 1 << 20

    private let loop: any EventLoop
    private let context: NIOSSLContext?
    private let pinned: String?
    private let timeout: TimeAmount

    /// Reads the roots, on a thread that may wait for them.
    ///
    /// - Throws: `.invalidConfiguration` when there are none, or the fingerprint is none.
    static func make(
        _ configuration: RedisConfiguration, loop: any EventLoop
    ) async throws(SignalingError) -> RedisConnector {
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                try RedisConnector(configuration, loop: loop)
            }
        } catch let error as SignalingError {
            throw error
        } catch {
            throw SignalingError(.invalidConfiguration, "TLS cannot be set up: \(error)")
        }
    }

    private init(_ configuration: RedisConfiguration, loop: any EventLoop) throws {
        self.loop = loop
        timeout = TimeAmount(configuration.connectTimeout)
        guard let tls = configuration.tls else {
            (context, pinned) = (nil, nil)
            return
        }
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        settings.shutdownTimeout = .seconds(1)
        switch tls.trust {
        case .system: pinned = nil
        case .roots(let path):
            pinned = nil
            settings.trustRoots = .certificates(try Self.roots(path))
        case .pinned(let fingerprint):
            guard CertificateFingerprint.normalized(fingerprint) != nil else {
                throw SignalingError(
                    .invalidConfiguration,
                    "tls pins \"\(fingerprint.prefix(100))\": 32 hexadecimal bytes joined by colons, such as AB:CD:…")
            }
            pinned = fingerprint
            settings.trustRoots = .certificates([])
            settings.certificateVerification = .noHostnameVerification
        }
        context = try NIOSSLContext(configuration: settings)
    }

    private static func roots(_ path: String) throws(SignalingError) -> [NIOSSLCertificate] {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: rootsLimit + 1) else {
            throw SignalingError(.invalidConfiguration, "the roots in \(path) cannot be read, or are empty")
        }
        guard data.count <= rootsLimit, let roots = try? NIOSSLCertificate.fromPEMBytes(Array(data)), !roots.isEmpty
        else { throw SignalingError(.invalidConfiguration, "\(path) has no roots: certificates in PEM") }
        return roots
    }

    /// Connects to a host; on the event loop.
    ///
    /// - Parameter done: called on the event loop, with the connection or with the reason for
    ///   people.
    func connect(
        to endpoint: RedisEndpoint, secrets: [String], _ done: @escaping (Result<RedisConnection, RedisRefusal>) -> Void
    ) {
        finish(bootstrap(endpoint.host, secrets).connect(host: endpoint.host, port: endpoint.port), done)
    }

    /// Connects to an address at which this host was found.
    func connect(
        to address: SocketAddress, host: String, secrets: [String],
        _ done: @escaping (Result<RedisConnection, RedisRefusal>) -> Void
    ) {
        finish(bootstrap(host, secrets).connect(to: address), done)
    }

    private func finish(
        _ attempt: EventLoopFuture<any Channel>, _ done: @escaping (Result<RedisConnection, RedisRefusal>) -> Void
    ) {
        attempt.assumeIsolated().whenComplete { result in
            switch result {
            case .failure(let error): done(.failure(RedisRefusal(RedisReason.words(error))))
            case .success(let channel):
                do {
                    done(.success(try channel.pipeline.syncOperations.handler(type: RedisConnection.self)))
                } catch {
                    channel.close(promise: nil)
                    done(.failure(RedisRefusal("Redis has closed the connection")))
                }
            }
        }
    }

    private func bootstrap(_ host: String, _ secrets: [String]) -> ClientBootstrap {
        ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { [context, pinned] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pin = pinned.map(RedisPin.init)
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(Self.secure(context, host, pin))
                    }
                    let connection = RedisConnection(channel, secrets: secrets, pin: pin)
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
    }

    private static func secure(
        _ context: NIOSSLContext, _ host: String, _ pin: RedisPin?
    ) throws -> NIOSSLClientHandler {
        // An address has no place in the handshake (RFC 6066 §3); NIOSSL compares it by itself.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        let name = isAddress ? nil : host
        guard let pin else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
        return try NIOSSLClientHandler(
            context: context, serverHostname: name,
            customVerificationCallback: { certificates, promise in
                promise.succeed(pin.admits(certificates.first) ? .certificateVerified : .failed)
            })
    }
}
