internal import MulticastDNS

/// The bytes of a DNS-SD TXT record (RFC 6763 §6).
enum TXTRecord {
    /// RFC 6763 §6.2 advises against more than 1300 bytes; what no UDP packet can carry is refused.
    static let maximumLength = 8900

    /// The key/value pairs of a record.
    ///
    /// Unreadable entries (no key, a key outside printable ASCII, a value that is not UTF-8) are
    /// left out; the first of two equal keys counts (§6.4); what runs over the end of the record is
    /// ignored.
    static func decode(_ bytes: Span<UInt8>) -> [String: String] {
        var entries: [String: String] = [:]
        var index = 0
        while index < bytes.count {
            let length = Int(bytes[index])
            let start = index + 1
            guard start + length <= bytes.count else { break }
            index = start + length
            guard let (key, value) = entry(bytes.extracting(start..<index)) else { continue }
            if entries[key] == nil { entries[key] = value }
        }
        return entries
    }

    /// The record for these pairs, sorted by key.
    static func encode(_ entries: [String: String]) throws(DiscoveryError) -> [UInt8] {
        var bytes: [UInt8] = []
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            guard !key.isEmpty, key.utf8.allSatisfy(isKeyByte) else {
                throw DiscoveryError(
                    .invalidArgument, "TXT key \"\(key)\" is not printable ASCII without \"=\" (RFC 6763 §6.4)")
            }
            let entry = Array("\(key)=\(value)".utf8)
            guard entry.count <= 255 else {
                throw DiscoveryError(
                    .invalidArgument, "TXT entry \"\(key)\" has \(entry.count) bytes; 255 are allowed (RFC 6763 §6.1)")
            }
            bytes.append(UInt8(entry.count))
            bytes.append(contentsOf: entry)
        }
        guard bytes.count <= maximumLength else {
            throw DiscoveryError(.invalidArgument, "TXT record has \(bytes.count) bytes; \(maximumLength) are allowed")
        }
        return bytes.isEmpty ? [0] : bytes  // §6.1: an empty record is one empty string
    }

    private static func entry(_ bytes: Span<UInt8>) -> (key: String, value: String)? {
        var key = ""
        var index = 0
        while index < bytes.count, bytes[index] != UInt8(ascii: "=") {
            guard isKeyByte(bytes[index]) else { return nil }
            key.unicodeScalars.append(UnicodeScalar(bytes[index]))
            index += 1
        }
        guard !key.isEmpty else { return nil }
        var value: [UInt8] = []
        index += 1
        while index < bytes.count {
            value.append(bytes[index])
            index += 1
        }
        guard let text = String(validating: value, as: UTF8.self) else { return nil }
        return (key.lowercased(), text)
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "=")
    }
}
