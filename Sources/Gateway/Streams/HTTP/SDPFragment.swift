internal import JSEP

/// What a client says of ICE after its offer: a fragment of SDP (RFC 8840 §9), with the
/// credentials, candidates, and their end.
struct SDPFragment: Hashable {
    /// The media type of it.
    static let type = "application/trickle-ice-sdpfrag"
    /// A fragment may have so many candidates.
    static let mostCandidates = 256

    struct Candidate: Hashable {
        /// Without `a=`.
        var line: String
        var mid: String?
        var index: UInt16?
    }

    var ufrag: String?
    var password: String?
    var candidates: [Candidate] = []
    var isEnd = false

    init() {}

    /// Reads a fragment; lines that mean nothing here are passed over, as SDP's rules have it (RFC
    /// 8866 §5.13).
    init(parsing text: String) throws(GatewayFailure) {
        var mid: String?
        var index: UInt16?
        /// Where the candidates of the section begin.
        var begin = 0
        for line in text.split(whereSeparator: \.isNewline) {
            let bytes = line.utf8
            guard bytes.count >= 2, bytes[bytes.index(after: bytes.startIndex)] == UInt8(ascii: "="),
                let kind = bytes.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(kind)
            else { throw .malformed("\"\(line.prefix(80))\" is not a line of SDP, such as a=candidate:….") }
            let value = line.dropFirst(2)
            if kind == UInt8(ascii: "m") {
                index = index.map { $0 &+ 1 } ?? 0
                mid = nil
                begin = candidates.count
            }
            guard kind == UInt8(ascii: "a") else { continue }
            let (name, text) = Self.parts(value)
            switch name {
            case "mid":
                mid = text
                // It may stand behind its candidates.
                for number in begin..<candidates.count { candidates[number].mid = text }
            case "ice-ufrag": ufrag = ufrag ?? text
            case "ice-pwd": password = password ?? text
            case "end-of-candidates": isEnd = true
            case "candidate":
                guard candidates.count < Self.mostCandidates else {
                    throw .malformed("A fragment may have \(Self.mostCandidates) candidates.")
                }
                candidates.append(Candidate(line: String(value), mid: mid, index: index))
            default: break
            }
        }
        guard (ufrag == nil) == (password == nil) else {
            throw .malformed("a=ice-ufrag and a=ice-pwd belong together.")
        }
    }

    /// Those of a description, of its first section that has any.
    init(of description: String) {
        var section: String?
        for line in description.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("m=") {
                guard candidates.isEmpty else { break }
                section = nil
            }
            guard line.hasPrefix("a=") else { continue }
            let (name, text) = Self.parts(line.dropFirst(2))
            switch name {
            case "mid": section = text
            case "ice-ufrag": ufrag = ufrag ?? text
            case "ice-pwd": password = password ?? text
            case "end-of-candidates": isEnd = true
            case "candidate": candidates.append(Candidate(line: String(line.dropFirst(2)), mid: section))
            default: break
            }
        }
        for number in candidates.indices where candidates[number].mid == nil { candidates[number].mid = section }
    }

    /// As it is sent.
    var text: String {
        var lines: [String] = []
        if let ufrag { lines.append("a=ice-ufrag:\(ufrag)") }
        if let password { lines.append("a=ice-pwd:\(password)") }
        // The type of media means nothing (RFC 8840 §9.2).
        lines.append("m=audio 9 UDP/TLS/RTP/SAVPF 0")
        lines.append("a=mid:\(candidates.first?.mid ?? "0")")
        lines += candidates.map { "a=" + $0.line }
        if isEnd { lines.append("a=end-of-candidates") }
        return lines.map { $0 + "\r\n" }.joined()
    }

    private static func parts(_ attribute: Substring) -> (name: Substring, value: String) {
        guard let colon = attribute.firstIndex(of: ":") else { return (attribute, "") }
        return (attribute[..<colon], String(attribute[attribute.index(after: colon)...]))
    }
}
