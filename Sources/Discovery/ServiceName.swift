internal import MulticastDNS

/// The rules for names of services and hosts (RFC 6763 §4 and §7, RFC 1035 §2.3.4).
enum ServiceName {
    static func validate(instance name: String) throws(DiscoveryError) {
        guard (1...63).contains(name.utf8.count),
            !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else {
            throw DiscoveryError(
                .invalidArgument, "service name \"\(name)\" must have 1 to 63 bytes and no control characters")
        }
    }

    static func validate(type: String) throws(DiscoveryError) {
        let parts = type.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1] == "_tcp" || parts[1] == "_udp", parts[0].first == "_",
            (2...16).contains(parts[0].utf8.count),
            parts[0].dropFirst().utf8.allSatisfy({ LocalName.isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else {
            throw DiscoveryError(
                .invalidArgument,
                "service type \"\(type)\" is not like _meshchat._tcp: 1 to 15 letters, digits or hyphens, then _tcp or _udp"
            )
        }
    }

    /// The name to try after a conflict, in the way of Avahi: `name`, `name #2`, `name #3`; still
    /// at most 63 bytes.
    static func alternative(to name: String, attempt: Int) -> String {
        let suffix = " #\(attempt)"
        var stem = name
        while stem.utf8.count + suffix.utf8.count > 63 { stem.removeLast() }
        return stem + suffix
    }
}
