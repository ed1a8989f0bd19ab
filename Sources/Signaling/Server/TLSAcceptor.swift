package import Logging
package import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// The server's end of TLS: has the certificate for new connections, and looks whether its files
/// have changed. May be used from any thread.
package final class TLSAcceptor: Sendable {
    /// The time between two looks at the files.
    static let pause = TimeAmount.seconds(1)
    /// How long a client that is said goodbye to has for its own (RFC 8446 §6.1).
    private static let closingTime = TimeAmount.seconds(1)

    private struct State {
        var context: NIOSSLContext
        /// What the files held at the last look, whether it was of use or not.
        var seen: CertificateFiles.Contents?
        var nextLook = NIODeadline.distantPast
        var isLooking = false
    }

    private let files: CertificateFiles?
    private let logger: Logger
    private let state: Mutex<State>

    /// Reads the files, on a thread that may wait for them.
    ///
    /// - Parameters:
    ///   - tls: where the certificate is.
    ///   - logger: told of certificates that change.
    /// - Throws: `.invalidConfiguration` when there is no certificate with its key in them.
    package static func make(_ tls: ServerTLS, logger: Logger) async throws(SignalingError) -> TLSAcceptor {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try TLSAcceptor(tls, logger: logger) }
        } catch let error as SignalingError {
            throw error
        } catch {
            throw SignalingError(.tlsFailed, "the threads are shutting down: \(error)")
        }
    }

    /// Reads the files at once.
    init(_ tls: ServerTLS, logger: Logger) throws(SignalingError) {
        self.logger = logger
        switch tls.source {
        case .files(let files):
            self.files = files
            let contents = files.read()
            state = Mutex(State(context: try Self.context(files, contents), seen: contents))
        case .selfMade(let made):
            files = nil
            do {
                let identity = CertificateFiles.Identity(
                    chain: [try NIOSSLCertificate(bytes: made.certificate, format: .der)],
                    key: try NIOSSLPrivateKey(bytes: Array(made.key.utf8), format: .pem))
                state = Mutex(State(context: try Self.context(identity)))
            } catch {
                throw SignalingError(.tlsFailed, "the certificate that was made is of no use: \(error)")
            }
        }
    }

    /// Puts TLS before everything that the connection has already; on its event loop. The
    /// connection waits for the look at the files, if it is its turn to look.
    package func secure(_ channel: any Channel) -> EventLoopFuture<Void> {
        let loop = channel.eventLoop
        guard beginsLook(now: loop.now) else { return loop.makeCompletedFuture { try add(to: channel) } }
        return NIOThreadPool.singleton.runIfActive(eventLoop: loop) { self.look() }
            .flatMapThrowing { try self.add(to: channel) }
    }

    private func add(to channel: any Channel) throws {
        let context = state.withLock { $0.context }
        try channel.pipeline.syncOperations.addHandlers(
            [PlainRequestGate(), NIOSSLServerHandler(context: context)], position: .first)
    }

    /// Whether it is time for a ``look()``, and nobody else looks.
    func beginsLook(now: NIODeadline) -> Bool {
        guard files != nil else { return false }
        return state.withLock { state in
            guard !state.isLooking, now >= state.nextLook else { return false }
            state.isLooking = true
            state.nextLook = now + Self.pause
            return true
        }
    }

    /// Reads the files, and takes what is in them when it is new and of use.
    func look() {
        guard let files else { return }
        let contents = files.read()
        let isNew = state.withLock { state in
            state.isLooking = false
            defer { state.seen = contents }
            return state.seen != contents
        }
        guard isNew else { return }
        do throws(SignalingError) {
            let context = try Self.context(files, contents)
            state.withLock { $0.context = context }
            logger.info("new connections get the new certificate", metadata: ["file": "\(files.chain)"])
        } catch {
            logger.warning(
                "the new certificate is of no use; the one from before stays", metadata: ["reason": "\(error.message)"])
        }
    }

    private static func context(
        _ files: CertificateFiles, _ contents: CertificateFiles.Contents
    ) throws(SignalingError) -> NIOSSLContext {
        let identity = try files.identity(in: contents)
        do {
            return try context(identity)
        } catch {
            // It compares the two.
            throw SignalingError(
                .invalidConfiguration, "the key in \(files.key) does not belong to the certificate in \(files.chain)")
        }
    }

    private static func context(_ identity: CertificateFiles.Identity) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: identity.chain.map { .certificate($0) }, privateKey: .privateKey(identity.key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.trustRoots = .certificates([])
        configuration.shutdownTimeout = closingTime
        return try NIOSSLContext(configuration: configuration)
    }
}
