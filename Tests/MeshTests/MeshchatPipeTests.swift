import Foundation
import Testing

@Suite("The chat program in a pipe", .serialized, .timeLimit(.minutes(3)))
struct MeshchatPipeTests {
    private let service = "_mp\(UInt32.random(in: 0...UInt32.max))._tcp"
    private let runtime = RuntimeDirectory()

    private func chat(_ name: String, _ more: String...) throws -> MeshchatProcess {
        try MeshchatProcess(["--name", name, "--service", service, "--port", "0", "--json"] + more, in: runtime)
    }

    @Test("10,000 lines all arrive in order though they come before anybody does, and the program ends with 0")
    func manyLines() async throws {
        let speaker = try chat("speaker")
        // A thread, because the writes wait while the program reads no further.
        Thread {
            for start in stride(from: 1, through: 10_000, by: 100) {
                try? speaker.press((start..<start + 100).map { "line \($0)\n" }.joined())
            }
            try? speaker.endInput()
        }.start()
        try await speaker.waits { $0.types.contains("started") }
        let listener = try chat("listener")
        try await speaker.exits(with: 0)
        try await listener.waits { $0.texts.count == 10_000 }
        #expect(listener.seen.texts == (1...10_000).map { "speaker: line \($0)" })
        listener.send(signal: SIGTERM)
        try await listener.exits(with: 0)
    }

    @Test("when nobody comes the lines are counted and the exit code is 3, also for a text to one")
    func nobodyCame() async throws {
        let speaker = try chat("speaker")
        for number in 1...3 { try speaker.type("line \(number)") }
        try speaker.type("/msg bert hello")
        try speaker.endInput()
        try await speaker.exits(with: 3)
        try await speaker.waits { $0.isOver }
        #expect(speaker.seen.lines.last?.contains("nobody came; 4 lines were not sent") == true)
    }

    @Test("lines wait again after the last peer has left, and the next one gets them")
    func waitsAgain() async throws {
        let speaker = try chat("speaker")
        let first = try chat("first")
        try await speaker.waits { $0.connected == ["first"] }
        try speaker.type("one")
        try await first.waits { $0.texts == ["speaker: one"] }
        try first.type("/quit")
        try await first.exits(with: 0)
        try await speaker.waits { $0.connected.isEmpty && $0.types.last != "started" }
        try speaker.type("two")
        try speaker.type("three")
        try speaker.type("/peers")
        try await speaker.waits { $0.types.contains("peers") }
        let second = try chat("second")
        try await second.waits { $0.texts == ["speaker: two", "speaker: three"] }
        try speaker.endInput()
        try await speaker.exits(with: 0)
        second.send(signal: SIGTERM)
        try await second.exits(with: 0)
    }

    @Test("a peer that is killed is named, and what may not have arrived makes the exit code 4")
    func killedPeer() async throws {
        let speaker = try chat("speaker")
        let bert = try chat("Bert")
        try await speaker.waits { $0.connected == ["Bert"] }
        try speaker.type("one")
        try await bert.waits { $0.texts == ["speaker: one"] }
        bert.send(signal: SIGSTOP)
        try speaker.type("two")
        var asked = 0
        repeat {
            try speaker.type("/stats")
            asked += 1
            let count = asked
            try await speaker.waits { seen in seen.types.count { $0 == "stats" } == count }
        } while !speaker.seen.lines.contains { $0.contains("\"textsSent\":2") }
        bert.send(signal: SIGKILL)
        try await speaker.waits { $0.lines.contains { $0.contains("the connection to Bert broke") } }
        try speaker.endInput()
        try await speaker.exits(with: 4)
    }

    @Test("a private text finds its peer by the beginning of its name in any case, and says when that is not one")
    func namePrefix() async throws {
        let speaker = try chat("speaker")
        let bert = try chat("Bert")
        let berta = try chat("Albert")
        try await speaker.waits { $0.connected == ["Bert", "Albert"] }
        try speaker.type("/msg ber psst")
        try await bert.waits { $0.texts == ["speaker (direct): psst"] }
        let bernd = try chat("Bernd")
        try await speaker.waits { $0.connected == ["Bert", "Albert", "Bernd"] }
        try speaker.type("/msg ber psst again")
        try await speaker.waits { $0.lines.contains { $0.contains("ber may be ") && $0.contains("Bernd (") } }
        try speaker.type("/msg BERT exactly")
        try await bert.waits { $0.texts.last == "speaker (direct): exactly" }
        for process in [bert, berta, bernd, speaker] { process.send(signal: SIGTERM) }
        for process in [bert, berta, bernd] { try await process.exits(with: 0) }
        // One line did not reach whom it was for.
        try await speaker.exits(with: 4)
    }

    @Test("a line that is too long is said, and the exit code is not 0")
    func longLine() async throws {
        let listener = try chat("listener")
        let speaker = try chat("speaker")
        try await speaker.waits { $0.connected == ["listener"] }
        try speaker.type(String(repeating: "x", count: 200_000))
        try speaker.type(String(repeating: "y", count: 33_000))
        try speaker.type("short")
        try await listener.waits { $0.texts == ["speaker: short"] }
        try speaker.endInput()
        try await speaker.exits(with: 4)
        try await speaker.waits { $0.isOver }
        #expect(speaker.seen.types.count { $0 == "error" } == 3)
        listener.send(signal: SIGTERM)
        _ = try await listener.exitCode()
    }

    @Test("a reader of the output that goes away ends the program, which does not die of it")
    func brokenOutput() async throws {
        let shell = try LineRun(
            "\"$0\" --json --service \(service) --port 0 < /dev/null | head -n 1; echo \"code ${PIPESTATUS[0]}\"",
            in: runtime)
        let text = try await shell.output()
        #expect(text.contains("\"type\":\"started\"") && text.contains("code 1"))
    }

    @Test("closed descriptors are not taken for others: without input it listens, without output it says so")
    func closedDescriptors() async throws {
        let closed = try LineRun("\"$0\" --json --service \(service) >&- < /dev/null; echo \"code $?\"", in: runtime)
        #expect(try await closed.output().contains("code 1"))
        let listening = try LineRun(
            "(\"$0\" --json --service \(service) --port 0 <&- & echo \"id $!\"; wait $!; echo \"code $?\")", in: runtime
        )
        let id = try await listening.line("id ")
        _ = try await listening.line("{")
        kill(try #require(pid_t(id)), SIGTERM)
        #expect(try await listening.output().contains("code 0"))
    }
}
