import Foundation
import Testing

@Suite(
    "The chat program at a terminal", .serialized, .timeLimit(.minutes(2)),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "needs script(1)"))
struct MeshchatTerminalTests {
    private let service = "_my\(UInt32.random(in: 0...UInt32.max))._tcp"
    private let runtime = RuntimeDirectory()

    private func chat(_ name: String, terminal: Bool, _ more: String...) throws -> MeshchatProcess {
        try MeshchatProcess(
            ["--name", name, "--service", service, "--port", "0"] + more, in: runtime,
            environment: ["NO_COLOR": "1"], terminal: terminal)
    }

    /// What each line of the terminal has shown, one after another: it is erased before it shows something else.
    private static func rows(_ process: MeshchatProcess) -> [[String]] {
        process.seen.lines.map { $0.components(separatedBy: "\r\u{1B}[K") }
    }

    /// A line that came while something was typed: it has taken that one's place, whole.
    private func incoming(_ process: MeshchatProcess) -> [String]? {
        Self.rows(process).first { row in
            row.last?.contains("hello") == true && row.last?.contains("half") == false && row.contains("> half a li")
        }
    }

    @Test("an incoming line does not break the line that is being typed: it is erased, and drawn again below")
    func incomingLine() async throws {
        let person = try chat("Ann", terminal: true)
        let bert = try chat("Bert", terminal: false, "--json")
        try await person.waits { $0.lines.contains { $0.contains("Bert") && $0.contains("is here") } }
        try person.press("half a li")
        try await bert.waits { $0.connected == ["Ann"] }
        // The keys are on their way while texts come; sooner or later one finds them on the screen.
        var count = 0
        repeat {
            count += 1
            let text = "hello \(count)."
            try bert.type(text)
            try await person.waits { $0.lines.contains { $0.contains(text) } }
        } while incoming(person) == nil
        try person.press("me\u{7F}\u{7F}ne\n")
        try await bert.waits { $0.texts == ["Ann: half a line"] }
        try person.press("\u{4}")
        try await person.exits(with: 0)
        let rows = Self.rows(person)
        #expect(rows.contains { $0.contains("> half a li") && $0.last?.hasPrefix("> half a line") == true })
        bert.send(signal: SIGTERM)
        try await bert.exits(with: 0)
    }

    @Test("a line for nobody is said not to be sent; the clock has 24 hours; Ctrl-C leaves in order")
    func alone() async throws {
        let person = try chat("Ann", terminal: true)
        try await person.waits { $0.lines.contains { $0.contains("looking for others") } }
        try person.type("is anybody there?")
        try await person.waits { $0.lines.contains { $0.contains("the line was not sent") } }
        let stamped = try #require(person.seen.lines.first { $0.contains("looking for others") })
        #expect(stamped.firstMatch(of: /([01]\d|2[0-3]):[0-5]\d \* looking/) != nil && !stamped.contains("AM"))
        try person.press("\u{3}")
        try await person.exits(with: 0)
    }
}
