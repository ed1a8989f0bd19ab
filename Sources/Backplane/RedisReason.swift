internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Why a connection was not made or broke, as a person would say it.
enum RedisReason {
    static func words(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            // With an address for the name there was an attempt; the last is as good as the others.
            if let last = error.connectionErrors.last { return words(last.error) }
            return "the name \(error.host) does not resolve"
        case let error as SocketAddressError.UnknownHost: return "the name \(error.host) does not resolve"
        case is ChannelError: return "there is no answer"
        case let error as IOError: return words(error.errnoCode) ?? "\(error)"
        case let error as NIOSSLError: return words(error)
        case is NIOSSLExtraError: return "the certificate of Redis is for another name"
        case is BoringSSLError: return "what answers there speaks no TLS, or breaks off"
        default: return "\(error)"
        }
    }

    private static func words(_ errno: Int32) -> String? {
        switch errno {
        case EADDRNOTAVAIL: "this machine does not have that address"
        case ECONNREFUSED: "nobody listens there"
        case ECONNRESET, EPIPE: "Redis broke the connection"
        case EHOSTUNREACH, ENETUNREACH: "there is no way to that address"
        case ETIMEDOUT: "there is no answer"
        default: nil
        }
    }

    private static func words(_ error: NIOSSLError) -> String {
        guard case .handshakeFailed(let cause) = error else { return "TLS fails: \(error)" }
        // The library tells causes apart by their text only.
        let text = "\(cause)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "the certificate of Redis is expired, or of no authority that is trusted"
        }
        if text.contains("WRONG_VERSION_NUMBER") { return "what answers there does not speak TLS" }
        return "the TLS handshake fails: \(text.prefix(200))"
    }
}
