internal import Foundation
internal import NIOCore

/// Who may ask a server at all, by the headers `Host` and `Origin`: the rules that all its ports
/// and protocols share.
package struct RequestAccess: Sendable {
    /// Why a request is refused.
    package struct Refusal: Error, Sendable {
        /// The status of the answer: 400, 403 or 421.
        package let status: Int
        /// For people.
        package let text: String
    }

    private let hostNames: Set<String>
    private let allowedOrigins: Set<String>
    private let isOnLoopback: Bool
    private let isSecure: Bool

    /// - Parameters:
    ///   - hostNames: names of the server beside its addresses and the machine's own.
    ///   - allowedOrigins: origins that are let in beside the server's own; `*` is all of them.
    ///   - isOnLoopback: whether the server is bound to a loopback address.
    ///   - isSecure: whether it speaks TLS.
    package init(hostNames: [String], allowedOrigins: [String], isOnLoopback: Bool, isSecure: Bool) {
        self.hostNames = Self.ownNames.union(hostNames.compactMap { Authority($0)?.host })
        self.allowedOrigins = Set(allowedOrigins.map { $0.lowercased() })
        self.isOnLoopback = isOnLoopback
        self.isSecure = isSecure
    }

    /// - Parameters:
    ///   - hosts: the values of all `Host` headers.
    ///   - origins: the values of all `Origin` headers; a program sends none.
    package func check(hosts: [String], origins: [String]) throws(Refusal) {
        let rules = AccessRules(
            isSecure: isSecure, isOnLoopback: isOnLoopback, hostNames: hostNames, allowedOrigins: allowedOrigins,
            isOwnAddress: Self.isOwnAddress)
        do throws(AccessRules.Refusal) {
            try rules.check(hosts: hosts, origins: origins)
        } catch {
            let status =
                switch error.kind {
                case .malformed: 400
                case .wrongHost: 421
                case .wrongOrigin: 403
                }
            throw Refusal(status: status, text: error.text)
        }
    }

    /// Whether a host to listen on is one of loopback's: an address, or a name such as `localhost`.
    package static func isLoopback(_ host: String) -> Bool {
        Authority(host.contains(":") ? "[\(host)]" : host)?.isLoopback == true
    }

    /// An address, with or without a port, as its 4 or 16 bytes and in its shortest form; IPv4 in
    /// IPv6 is IPv4. Nil for what is none.
    package static func address(in text: String) -> (bytes: [UInt8], text: String)? {
        let isBare = text.utf8.count { $0 == UInt8(ascii: ":") } > 1 && text.first != "["
        guard let authority = Authority(isBare ? "[\(text)]" : text), let address = authority.address,
            let bytes = authority.addressBytes
        else { return nil }
        return (bytes, address)
    }

    /// What counts as one address where there are limits: of IPv6 the network of 64 bits.
    package static func limitKey(_ address: String) -> String { Admission.key(address) }

    /// The token in `Authorization: Bearer` (RFC 6750 §2.1); nil where there is none.
    package static func bearer(in authorizations: [String]) -> String? {
        for value in authorizations {
            let words = value.split(separator: " ", omittingEmptySubsequences: true)
            if words.count == 2, words[0].lowercased() == "bearer" { return String(words[1]) }
        }
        return nil
    }

    /// The machine's own name, its first part, and that part in mDNS.
    private static let ownNames: Set<String> = {
        let name = ProcessInfo.processInfo.hostName.lowercased()
        let first = String(name.prefix { $0 != "." })
        return first.isEmpty ? [] : [name, first, first + ".local"]
    }()

    /// Looked up for each request that names an address: interfaces come and go.
    private static func isOwnAddress(_ address: String) -> Bool {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.contains { $0.address?.ipAddress.flatMap(Authority.shortest) == address }
    }
}
