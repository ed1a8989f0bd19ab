/// The rules for names of hosts under `.local` (RFC 6762 §3, RFC 1035 §2.3.4).
package enum LocalName {
    /// The name in lower case without the final dot, if it is a host name under `.local`.
    package static func canonical(_ name: String) throws(DiscoveryError) -> String {
        var text = Substring(name)
        if text.last == "." { text = text.dropLast() }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, labels.count >= 2, labels[labels.count - 1].lowercased() == "local",
            labels.allSatisfy({ label in
                (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy {
                        isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                    }
            })
        else {
            throw DiscoveryError(.invalidArgument, "\"\(name.prefix(80))\" is not a host name that ends in .local")
        }
        return text.lowercased()
    }

    /// A letter or a digit of ASCII.
    package static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
