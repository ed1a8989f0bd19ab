internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Why a connection was not made or an address is not listened on, as a person would say it.
func networkReason(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
        // With an address for the name there was an attempt; the last is as good as the others.
        if let last = error.connectionErrors.last { return networkReason(last.error) }
        return (error.dnsAError ?? error.dnsAAAAError).map(networkReason) ?? "\(error)"
    case let error as SocketAddressError.UnknownHost: return "the name \(error.host) does not resolve"
    case let error as IOError: return networkReason(errno: error.errnoCode) ?? "\(error)"
    default: return "\(error)"
    }
}

private func networkReason(errno: Int32) -> String? {
    switch errno {
    case EACCES: "this needs more rights; ports below 1024 do"
    case EADDRINUSE: "another program listens there"
    case EADDRNOTAVAIL: "this machine does not have that address"
    case ECONNREFUSED: "nobody listens there"
    case ECONNRESET: "the other end broke the connection"
    case EHOSTUNREACH, ENETUNREACH: "there is no way to that address"
    case ETIMEDOUT: "there is no answer"
    default: nil
    }
}
