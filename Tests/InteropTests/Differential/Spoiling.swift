/// Changes a description on its way, as careless or hostile signaling might. `differential.js` does the same.
enum Spoiling {
    static func spoil(_ sdp: String, _ change: String?) -> String {
        guard let change else { return sdp }
        let words = change.split(separator: " ").map(String.init)
        let argument = words.count > 2 ? words[2] : ""
        var parts = DescriptionLines(sdp)
        let place = words.count > 1 ? Int(words[1]) ?? 0 : 0
        guard words[0] != "garbage" else { return "garbage\r\n" }
        let at = parts.sections.isEmpty ? 0 : place % parts.sections.count
        let section = parts.sections.isEmpty ? [] : parts.sections[at]
        let mid = DescriptionLines.values(section, "mid").first
        switch words[0] {
        case "ungrouped": parts.remove("group")
        case "untagged": parts.remove("group", "mid")
        case "anonymous": parts.remove("fingerprint")
        case "unreachable": parts.remove("ice-ufrag", "ice-pwd")
        case "streamless": parts.remove("msid", "ssrc", "ssrc-group")
        case "setup": parts.replace("setup", argument)
        case "restart":
            parts.replace("ice-ufrag", "other\(place)")
            parts.replace("ice-pwd", "anotherpasswordforthesession")
        case "stranger":
            parts.replace(
                "fingerprint", "sha-256 " + [String](repeating: "0\(place % 10)", count: 32).joined(separator: ":"))
        case "reject" where !section.isEmpty:
            var fields = section[0].split(separator: " ")
            fields[1] = "0"
            parts.sections[at][0] = fields.joined(separator: " ")
            parts.sections[at].removeAll { $0 == "a=bundle-only" }
            parts.leaveGroup(mid)
        case "leave": parts.leaveGroup(mid)
        case "direction" where !section.isEmpty:
            parts.sections[at] = section.map {
                DescriptionLines.directions.contains(String($0.dropFirst(2))) ? "a=" + argument : $0
            }
        case "shorten" where !section.isEmpty:
            let last = parts.sections.removeLast()
            parts.leaveGroup(DescriptionLines.values(last, "mid").first)
        case "swap" where parts.sections.count > 1: parts.sections.swapAt(0, 1)
        case "retag" where !section.isEmpty:
            parts.sections[at] = section.map { $0.hasPrefix("a=mid:") ? "a=mid:" + argument : $0 }
            parts.mapGroup { $0 == mid ? argument : $0 }
        case "unknown": parts.sections.append(["m=message 9 TCP/MSRP *", "c=IN IP4 0.0.0.0", "a=mid:msg"])
        default: break
        }
        return parts.text
    }
}

extension DescriptionLines {
    fileprivate mutating func remove(_ names: String...) {
        let keep = { (line: String) in !names.contains { line.hasPrefix("a=\($0):") } }
        session = session.filter(keep)
        sections = sections.map { $0.filter(keep) }
    }

    fileprivate mutating func replace(_ name: String, _ value: String) {
        sections = sections.map { $0.map { $0.hasPrefix("a=\(name):") ? "a=\(name):\(value)" : $0 } }
    }

    fileprivate mutating func leaveGroup(_ mid: String?) {
        mapGroup { $0 == mid ? nil : $0 }
    }

    fileprivate mutating func mapGroup(_ change: (String) -> String?) {
        session = session.map { line in
            guard line.hasPrefix("a=group:") else { return line }
            return line.split(separator: " ").compactMap { change(String($0)) }.joined(separator: " ")
        }
    }
}
