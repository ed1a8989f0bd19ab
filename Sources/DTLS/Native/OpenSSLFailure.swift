internal import COpenSSL
internal import TransportTypes

/// The newest entry of this thread's OpenSSL error queue.
struct OpenSSLFailure {
    /// The library's reason number, 0 when the queue was empty.
    let reason: Int32
    /// The library's text for it.
    let text: String

    /// The alert that the peer sent, if this says that it did: reasons above 1000 stand for alerts.
    var alert: UInt8? {
        reason >= SSL_AD_REASON_OFFSET ? UInt8(exactly: reason - SSL_AD_REASON_OFFSET) : nil
    }

    /// Takes the first error of the queue and empties it.
    static func take() -> OpenSSLFailure {
        // SAFETY: the queue belongs to the thread; the text is a constant of the library, copied at
        // once.
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0 else { return OpenSSLFailure(reason: 0, text: "no reason given") }
        let text = unsafe ERR_reason_error_string(code)
        return OpenSSLFailure(
            reason: ERR_GET_REASON(code), text: unsafe text.map { unsafe String(cString: $0) } ?? "error \(code)")
    }

    /// An error for a fatal alert of the peer.
    static func alertReceived(_ number: UInt8) -> DTLSError {
        // SAFETY: the text is a constant of the library, copied at once.
        let text = unsafe String(cString: SSL_alert_desc_string_long(Int32(number)))
        return DTLSError(.alertReceived, "the peer ended the session with alert \(number), \(text)", alert: number)
    }

    /// An error for a call that should have worked.
    static func error(_ what: String, code: DTLSError.Code = .library) -> DTLSError {
        DTLSError(code, "\(what): \(take().text)")
    }

    /// Why OpenSSL ended a session.
    static func handshakeError() -> DTLSError {
        let failure = take()
        if let alert = failure.alert { return alertReceived(alert) }
        if failure.reason == SSL_R_READ_TIMEOUT_EXPIRED {
            return DTLSError(.timedOut, "the peer answered none of the retransmissions; is it still there?")
        }
        return DTLSError(.handshakeFailed, "OpenSSL says: \(failure.text)")
    }
}
