internal import JSEP

/// What a description says of media, as far as it is asked for here.
struct OfferedMedia {
    /// Sections of sound and of pictures, in order, and whether their sender takes or gives.
    private(set) var sections: [(kind: MediaKind, receives: Bool, sends: Bool)] = []

    init(_ sdp: String) {
        var session = (receives: true, sends: true)
        for line in sdp.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("m=") {
                let kind: MediaKind? =
                    line.hasPrefix("m=audio ") ? .audio : line.hasPrefix("m=video ") ? .video : nil
                isMedia = kind != nil
                hasSections = true
                if let kind { sections.append((kind, session.receives, session.sends)) }
            }
            let direction: (receives: Bool, sends: Bool)? =
                switch line {
                case "a=sendrecv": (true, true)
                case "a=sendonly": (false, true)
                case "a=recvonly": (true, false)
                case "a=inactive": (false, false)
                default: nil
                }
            guard let direction else { continue }
            if !hasSections { session = direction }
            if isMedia, let last = sections.indices.last {
                (sections[last].receives, sections[last].sends) = direction
            }
        }
    }

    private var isMedia = false
    private var hasSections = false

    /// The kinds that its sender wants to get.
    var wanted: Set<MediaKind> { Set(sections.filter(\.receives).map(\.kind)) }

    /// The offer again, with other credentials and without its candidates, as a restart of ICE has
    /// it (RFC 9725 §4.3.3).
    static func restarting(_ sdp: String, ufrag: String, password: String) -> String {
        var lines: [String] = []
        for line in sdp.split(whereSeparator: \.isNewline) {
            switch true {
            case line.hasPrefix("a=ice-ufrag:"): lines.append("a=ice-ufrag:\(ufrag)")
            case line.hasPrefix("a=ice-pwd:"): lines.append("a=ice-pwd:\(password)")
            case line.hasPrefix("a=candidate:"), line == "a=end-of-candidates": break
            case line.hasPrefix("o="): lines.append(newer(line))
            default: lines.append(String(line))
            }
        }
        return lines.map { $0 + "\r\n" }.joined()
    }

    /// The `o=` line with its version one higher (RFC 8866 §5.2).
    private static func newer(_ line: Substring) -> String {
        var fields = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard fields.count > 2, let version = UInt64(fields[2]), version < UInt64(Int64.max) else {
            return String(line)
        }
        fields[2] = "\(version + 1)"
        return fields.joined(separator: " ")
    }
}
