/// Names a description: the session id and version of its `o=` line, which no two descriptions of a
/// session share.
package struct DescriptionID: Sendable, Hashable, CustomStringConvertible {
    package let session: String
    package let version: String

    package var description: String { "\(session) \(version)" }

    /// Takes a name as it travels, `sess-id sess-version`.
    package init(_ text: String) {
        let place = text.firstIndex(of: " ") ?? text.endIndex
        session = String(text[..<place])
        version = String(text[place...].dropFirst())
    }

    package init(session: String, version: String) {
        self.session = session
        self.version = version
    }

    /// Reads it from a text without reading the rest; nil if there is no such line near the start.
    package init?(ofText sdp: String) {
        for line in sdp.utf8.split(maxSplits: 4, whereSeparator: { $0 == 0x0A || $0 == 0x0D }).prefix(2) {
            guard line.starts(with: "o=".utf8) else { continue }
            let fields = line.split(separator: 0x20, maxSplits: 3)
            guard fields.count == 4 else { return nil }
            session = String(Substring(fields[1]))
            version = String(Substring(fields[2]))
            return
        }
        return nil
    }

    /// Whether it was made before another of the same session: versions grow (RFC 9429 §5.2.2).
    package func isOlder(than other: DescriptionID) -> Bool {
        guard session == other.session, let mine = Self.digits(of: version), let theirs = Self.digits(of: other.version)
        else { return false }
        return mine.count != theirs.count ? mine.count < theirs.count : mine.lexicographicallyPrecedes(theirs)
    }

    /// The digits of a number of any size that matter; nil for what is no decimal number.
    private static func digits(of number: String) -> Substring.UTF8View? {
        guard !number.isEmpty, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return number.drop { $0 == "0" }.utf8
    }
}
