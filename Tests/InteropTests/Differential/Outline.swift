import JSEP
import WebRTC

/// A description cut into lines: what is said of the session, and each section.
struct DescriptionLines {
    var session: [String]
    var sections: [[String]]

    init(_ sdp: String) {
        let lines = sdp.split(separator: "\r\n").map(String.init)
        let starts = lines.indices.filter { lines[$0].hasPrefix("m=") }
        session = Array(lines[..<(starts.first ?? lines.endIndex)])
        sections = zip(starts, starts.dropFirst() + [lines.endIndex]).map { Array(lines[$0..<$1]) }
    }

    var text: String { (session + sections.joined()).map { $0 + "\r\n" }.joined() }

    static func values(_ lines: [String], _ name: String) -> [String] {
        let prefix = "a=\(name):"
        return lines.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.utf8.count)) }
    }

    static let directions = ["sendrecv", "sendonly", "recvonly", "inactive"]
}

/// The names of streams are random, so they are numbered as they appear.
final class DifferentialNames {
    private var known: [String: String] = [:]

    func name(of text: String) -> String {
        if let name = known[text] { return name }
        let name = "s\(known.count)"
        known[text] = name
        return name
    }
}

/// What is compared of a description; `fragments` are the credentials in use.
func outline(
    of description: SessionDescription?, _ names: DifferentialNames, besides fragments: Set<String>
) -> JSONValue {
    guard let description else { return nil }
    let parts = DescriptionLines(description.sdp)
    let sections = parts.sections.map { lines -> JSONValue in
        let fields = lines[0].dropFirst(2).split(separator: " ")
        let direction = DescriptionLines.directions.first { lines.contains("a=" + $0) }
        let streams = DescriptionLines.values(lines, "msid").map { value in
            let id = String(value.prefix { $0 != " " })
            return id == "-" ? id : names.name(of: id)
        }
        return [
            "kind": .string(String(fields[0])),
            "mid": .optional(DescriptionLines.values(lines, "mid").first),
            "rejected": .bool(fields[1] == "0" && !lines.contains("a=bundle-only")),
            "direction": .optional(direction),
            "streams": .array(streams.map { .string($0) }),
            "setup": .optional(DescriptionLines.values(lines, "setup").first),
            "isRestarted": .bool(!DescriptionLines.values(lines, "ice-ufrag").allSatisfy(fragments.contains)),
        ]
    }
    return [
        "type": .string(description.type.rawValue),
        "group": .array(DescriptionLines.values(parts.session, "group").map { .string($0) }),
        "sections": .array(sections),
    ]
}

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
