/// Names a description: the session id and version of its `o=` line, which no two descriptions of a session share.
struct DescriptionID: Sendable, Hashable, CustomStringConvertible {
    let description: String

    /// Takes a name as it travels, `sess-id sess-version`.
    init(_ text: String) {
        description = text
    }

    init(sessionID: UInt64, version: UInt64) {
        description = "\(sessionID) \(version)"
    }

    /// Reads it from a text without reading the rest; nil if there is no such line near the start.
    init?(ofText sdp: String) {
        for line in sdp.utf8.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).prefix(2) {
            guard line.starts(with: "o=".utf8) else { continue }
            let fields = line.split(separator: 0x20, maxSplits: 3)
            guard fields.count == 4 else { return nil }
            description = "\(Substring(fields[1])) \(Substring(fields[2]))"
            return
        }
        return nil
    }
}
