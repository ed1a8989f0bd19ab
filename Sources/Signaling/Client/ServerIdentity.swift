internal import NIOSSL
internal import SwiftASN1
internal import X509

/// Whom a client wants to talk to: the name or the address in its URL, and which certificates are
/// for that.
struct ServerIdentity: Sendable {
    /// As in the URL.
    let host: String
    /// In lower case without the dot at its end; nil for an address. What the handshake names
    /// (SNI), where an address has no place (RFC 6066 §3).
    let name: String?
    private let addressBytes: [UInt8]?

    init(host: String) {
        self.host = host
        let address = host.contains(":") ? Authority("[\(host)]") : Authority(host)
        addressBytes = address?.addressBytes
        let plain = host.lowercased()
        name = addressBytes != nil ? nil : plain.last == "." ? String(plain.dropLast()) : plain
    }

    /// The names and addresses that a certificate is for; nil when it cannot be read. A common name
    /// is none (RFC 9525 §6.3).
    static func names(in certificate: NIOSSLCertificate) -> [GeneralName]? {
        do {
            let parsed = try Certificate(derEncoded: try certificate.toDERBytes())
            return try parsed.extensions.subjectAlternativeNames.map(Array.init) ?? []
        } catch {
            return nil
        }
    }

    /// Whether a certificate for these names is one for this server.
    func isAmong(_ names: [GeneralName]) -> Bool {
        names.contains { presented in
            switch presented {
            case .dnsName(let presented): name.map { Self.matches($0, presented.lowercased()) } ?? false
            case .ipAddress(let bytes): addressBytes.map { $0.elementsEqual(bytes.bytes) } ?? false
            default: false
            }
        }
    }

    /// An asterisk stands for the whole of the first label, and for one only (RFC 9525 §6.3).
    private static func matches(_ name: String, _ presented: String) -> Bool {
        guard presented.hasPrefix("*.") else { return name == presented }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return false }
        return name[dot...] == presented.dropFirst()
    }

    /// Names as a person would write them.
    static func words(_ names: [GeneralName]) -> String {
        let words = names.prefix(10).compactMap { name -> String? in
            switch name {
            case .dnsName(let name): String(name.prefix(80))
            case .ipAddress(let bytes): Authority.text(addressBytes: Array(bytes.bytes))
            default: nil
            }
        }
        return words.isEmpty ? "no name at all" : words.joined(separator: ", ")
    }
}
