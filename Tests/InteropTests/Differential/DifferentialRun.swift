import JSEP
import WebRTC

/// A sequence, and what was seen after each of its steps, here and in the browser.
struct DifferentialRun {
    /// Something that differs.
    struct Difference: CustomStringConvertible {
        let step: Int
        let name: String
        let ours: JSONValue
        let theirs: JSONValue

        var description: String { "\(name): ours \(ours.line), theirs \(theirs.line)" }
    }

    let sequence: DifferentialSequence
    let ours: [JSONValue]
    let theirs: [JSONValue]

    /// Plays the sequence here.
    static func play(
        _ steps: [DifferentialStep], _ configuration: PeerConnection.Configuration
    ) async throws -> [JSONValue] {
        let names = DifferentialNames()
        let streams = (0..<3).map { MediaStream(id: "stream\($0)") }
        for stream in streams { _ = names.name(of: stream.id) }
        let pool = (0..<6).map { MediaStreamTrack($0 < 3 ? .audio : .video) }
        let peers = [
            try DifferentialPeer(names, streams, pool, configuration),
            try DifferentialPeer(names, streams, pool, configuration),
        ]
        var observations: [JSONValue] = []
        for step in steps { observations.append(await peers[step.peer].play(step, peers[1 - step.peer])) }
        for peer in peers { peer.connection.close() }
        for peer in peers { await peer.connection.closed() }
        return observations
    }

    /// What differs in the first step where anything does, but for what is known of the browser.
    var differences: [Difference] {
        var known: Set<Deviation> = []
        var before: [JSONValue] = [nil, nil]
        for (number, step) in sequence.steps.enumerated() {
            let (ours, theirs) = (ours[number], theirs[number])
            switch Deviation.judge(step, ours: ours, theirs: theirs, &known, before: before[step.peer]) {
            case .stop: return []
            case .compare(let ours, let theirs):
                let found = Self.compare(ours, theirs, "").map {
                    Difference(step: number, name: $0, ours: $1, theirs: $2)
                }
                if !found.isEmpty { return found }
            }
            before[step.peer] = self.ours[number]
        }
        return []
    }

    private static func compare(
        _ ours: JSONValue, _ theirs: JSONValue, _ name: String
    ) -> [(String, JSONValue, JSONValue)] {
        switch (ours, theirs) {
        case (.object(let mine), .object(let yours)):
            return Set(mine.keys).union(yours.keys).sorted().filter { $0 != "note" }.flatMap {
                compare(mine[$0] ?? nil, yours[$0] ?? nil, name.isEmpty ? $0 : name + "." + $0)
            }
        case (.array(let mine), .array(let yours)) where mine.count == yours.count:
            return zip(mine, yours).enumerated().flatMap {
                compare($0.element.0, $0.element.1, "\(name)[\($0.offset)]")
            }
        default: return ours == theirs ? [] : [(name, ours, theirs)]
        }
    }

    /// The sequence up to the difference, and the difference, for people.
    var report: String {
        let differences = differences
        guard let last = differences.first?.step else { return "no difference" }
        let lines = sequence.steps[...last].enumerated().map { number, step in
            let (ours, theirs) = (ours[number], theirs[number])
            let results = [ours["result"].string ?? "", theirs["result"].string ?? ""]
            let result = results[0] == results[1] ? results[0] : "ours \(results[0]), theirs \(results[1])"
            return "  \(number) \(step) -> \(result)"
        }
        let notes = [("ours", ours[last]["note"]), ("theirs", theirs[last]["note"])].compactMap { name, note in
            note.string.flatMap { $0.isEmpty ? nil : "  \(name) said: \($0)" }
        }
        return (lines + notes + differences.prefix(12).map { "  ! \($0)" }).joined(separator: "\n")
    }
}

extension JSONValue {
    /// On one line, members in the order of their names.
    var line: String {
        switch self {
        case .null: "-"
        case .bool(let value): "\(value)"
        case .number(let value): Int(exactly: value).map(String.init) ?? "\(value)"
        case .string(let value): value
        case .array(let values): "[" + values.map(\.line).joined(separator: " ") + "]"
        case .object(let members):
            "{" + members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.line)" }.joined(separator: " ") + "}"
        }
    }
}
