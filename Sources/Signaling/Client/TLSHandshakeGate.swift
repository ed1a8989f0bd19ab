internal import Foundation
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// Stands behind TLS in a client's connection. What comes behind it hears of the connection only
/// when the server has proved to be the one that was meant, so no request leaves before; and what
/// goes wrong until then it hears as a person would say it.
final class TLSHandshakeGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private enum State {
        case shaking
        /// The server has another certificate than the pinned ones.
        case notPinned(SignalingError)
        /// The pinned one has been seen.
        case pinned
        case open
        case failed
    }

    private let identity: ServerIdentity
    private var state = State.shaking

    init(identity: ServerIdentity) {
        self.identity = identity
    }

    func channelActive(context: ChannelHandlerContext) {}

    /// Whether a server's certificate is one of those that are believed.
    func isPinned(_ certificate: NIOSSLCertificate?, among fingerprints: Set<String>) -> Bool {
        let presented = certificate.flatMap(Self.fingerprint) ?? ""
        guard !fingerprints.contains(presented) else {
            state = .pinned
            return true
        }
        state = .notPinned(
            SignalingError(
                .certificateNotPinned,
                "\(identity.host) has the certificate \(presented), which is not pinned; "
                    + "pin it if its owner has replaced it, for otherwise it is somebody else's"))
        return false
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? TLSUserEvent {
        case .handshakeCompleted?: finish(context)
        case .shutdownCompleted?: endedByUs(context)
        case nil: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func finish(_ context: ChannelHandlerContext) {
        switch state {
        case .pinned: break
        case .shaking:
            do throws(SignalingError) {
                try checkName(context)
            } catch {
                return fail(error, context)
            }
        case .notPinned, .open, .failed: return
        }
        state = .open
        context.fireChannelActive()
    }

    /// Who closes while the handshake goes on is the timer.
    private func endedByUs(_ context: ChannelHandlerContext) {
        switch state {
        case .shaking, .pinned:
            fail(SignalingError(.timedOut, "\(identity.host) does not finish the TLS handshake in time"), context)
        case .notPinned, .open, .failed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .open:
            // A WebSocket says itself that it ends, so an end without TLS's own is one like any.
            if case NIOSSLError.uncleanShutdown = error { return }
            context.fireErrorCaught(error)
        case .notPinned(let reason): fail(reason, context)
        case .shaking, .pinned: fail(reason(error, context), context)
        case .failed: break
        }
    }

    private func fail(_ error: SignalingError, _ context: ChannelHandlerContext) {
        state = .failed
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    // MARK: What is wrong

    private func checkName(_ context: ChannelHandlerContext) throws(SignalingError) {
        guard let certificate = Self.certificate(context), let names = ServerIdentity.names(in: certificate) else {
            throw SignalingError(.certificateUntrusted, "the certificate of \(identity.host) cannot be read")
        }
        guard !identity.isAmong(names) else { return }
        throw SignalingError(
            .certificateForOtherName,
            "the certificate of \(identity.host) is for \(ServerIdentity.words(names)); "
                + "connect to such a name, or pin \(Self.fingerprint(certificate) ?? "it")")
    }

    private func reason(_ error: any Error, _ context: ChannelHandlerContext) -> SignalingError {
        let host = identity.host
        guard case NIOSSLError.handshakeFailed(let cause) = error else {
            return SignalingError(.connectionFailed, "TLS with \(host): \(networkReason(error))")
        }
        // The library tells causes apart by their text only.
        let text = "\(cause)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") { return untrusted(Self.certificate(context)) }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return SignalingError(.tlsFailed, "\(host) does not speak TLS on this port; connect with ws:")
        }
        if text.contains("PROTOCOL_VERSION") || text.contains("UNSUPPORTED_PROTOCOL") {
            return SignalingError(.tlsFailed, "\(host) speaks neither TLS 1.2 nor 1.3")
        }
        if cause == .sslError([.eofDuringHandshake]) {
            return SignalingError(.tlsFailed, "\(host) closed the connection in the middle of the TLS handshake")
        }
        return SignalingError(.tlsFailed, "the TLS handshake with \(host) failed: \(cause)")
    }

    /// The certificate has no way to a root, or its time is not now.
    private func untrusted(_ certificate: NIOSSLCertificate?) -> SignalingError {
        let host = identity.host
        guard let certificate, let fingerprint = Self.fingerprint(certificate) else {
            return SignalingError(.certificateUntrusted, "the certificate of \(host) is not trusted")
        }
        let now = Date()
        let (start, end) = (Self.date(certificate.notValidBefore), Self.date(certificate.notValidAfter))
        if now < start || now > end {
            let words = now < start ? "is valid from \(start) on; look at both clocks" : "expired on \(end); renew it"
            return SignalingError(.certificateExpired, "the certificate of \(host) \(words)")
        }
        return SignalingError(
            .certificateUntrusted,
            "the certificate of \(host) does not come from an authority that is trusted, or the server does not send "
                + "those between; give the authority as roots, or pin \(fingerprint)")
    }

    private static func certificate(_ context: ChannelHandlerContext) -> NIOSSLCertificate? {
        try? context.pipeline.syncOperations.nioSSL_peerCertificate()
    }

    private static func fingerprint(_ certificate: NIOSSLCertificate) -> String? {
        (try? certificate.toDERBytes()).map(CertificateFingerprint.of)
    }

    private static func date(_ seconds: Int) -> Date { Date(timeIntervalSince1970: TimeInterval(seconds)) }
}
