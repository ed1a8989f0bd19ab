/// Which requests a server lets in by their `Host` and `Origin` headers.
///
/// A browser names in `Origin` the site whose page opens a socket, and in `Host` the name the page
/// used. Without the first check any page of the web could use the server of whoever looks at it;
/// without the second the owner of a domain could point its name at this server, and the page would
/// count as the server's own (DNS rebinding).
struct AccessRules {
    struct Refusal: Error, Equatable {
        enum Kind: Equatable { case malformed, wrongHost, wrongOrigin }
        let kind: Kind
        let text: String
    }

    /// Whether the server speaks TLS: then no page that came without it is the server's own. One
    /// that does not may have TLS spoken for it by a proxy, so a page may have come with it.
    var isSecure = false
    /// Whether the server is bound to a loopback address; then pages from loopback are let in
    /// whatever their port.
    var isOnLoopback: Bool
    /// The server's names, in lower case.
    var hostNames: Set<String>
    /// Origins that are let in beside the server's own, in lower case; `*` is all of them.
    var allowedOrigins: Set<String>
    /// Whether an address, in its shortest form and without a zone, is one of this machine's.
    var isOwnAddress: (String) -> Bool

    /// - Parameters:
    ///   - hosts: the values of all `Host` headers.
    ///   - origins: the values of all `Origin` headers; a program sends none.
    func check(hosts: [String], origins: [String]) throws(Refusal) {
        guard hosts.count == 1, let host = Authority(hosts[0]) else {
            throw Refusal(kind: .malformed, text: "A request names the server in one Host header.")
        }
        guard isOwn(host) else {
            throw Refusal(
                kind: .wrongHost,
                text: "This server is not \(host.host.prefix(80)). If it is, add the name to its host names.")
        }
        guard let origin = origins.first else { return }
        guard origins.count == 1, isAllowed(origin, host) else {
            throw Refusal(
                kind: .wrongOrigin,
                text: "Pages of \(origin.prefix(80)) are not let in. If they should be, add it to the allowed origins.")
        }
    }

    private func isOwn(_ host: Authority) -> Bool {
        host.isLoopback || hostNames.contains(host.host) || host.address.map(isOwnAddress) == true
    }

    private func isAllowed(_ text: String, _ host: Authority) -> Bool {
        let text = text.lowercased()
        if allowedOrigins.contains("*") || allowedOrigins.contains(text) { return true }
        guard let scheme = ["http", "https"].first(where: { text.hasPrefix($0 + "://") }),
            let origin = Authority(String(text.dropFirst(scheme.count + 3)))
        else { return false }
        if isOnLoopback && origin.isLoopback { return true }
        if isSecure && scheme != "https" { return false }
        let standard: UInt16 = scheme == "https" ? 443 : 80
        return origin.host == host.host && (origin.port ?? standard) == (host.port ?? standard)
    }
}
