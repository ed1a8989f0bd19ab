import Foundation
import JSEP
import MediaFiles
import NIOCore
import TestSupport
import Testing
import WebRTC

@testable import MediaIO

@Suite("media of other programs", .timeLimit(.minutes(1)))
struct ProgramSourceTests {
    private static func film(_ folder: TestFolder, seconds: Double = 0.4) throws -> String {
        try FFmpegProgram.ffmpeg.run([
            "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25", "-f", "lavfi", "-i",
            "sine=r=48000", "-t", "\(seconds)", "-c:v", "libvpx", "-g", "5", "-c:a", "libopus", "-y",
            folder.path("a.webm"),
        ])
        return folder.path("a.webm")
    }

    @Test("a program's film comes by its times, sound and pictures, and again when it has ended", .needsFFmpeg)
    func twice() async throws {
        let folder = try TestFolder()
        let source = ProgramSource(command: ["cat", try Self.film(folder)], restarts: .init(first: .milliseconds(10)))
        #expect(source.tracks.map(\.kind) == [.audio, .video])
        let video = try #require(source.tracks.last)
        let (items, states) = (video.fedItems, source.states)
        let running = Task { try await source.run() }
        var times: [Duration] = []
        for await item in items {
            guard case .frame(let frame) = item else { continue }
            #expect(frame.codec == "video/VP8")
            times.append(frame.timestamp)
            if times.count == 15 { break }
        }
        #expect(times == times.sorted() && Set(times).count == 15, "time goes on: \(times)")
        #expect((times[1] - times[0]) == .milliseconds(40))
        var seen: [String] = []
        for await state in states {
            seen.append("\(state)")
            if case .waiting(let reason, _) = state {
                #expect(reason.contains("status 0"))
                break
            }
        }
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(video.readyState == .ended)
    }

    @Test("a program that is not there, or ends too often, is an error that says why")
    func failures() async throws {
        let missing = ProgramSource(command: ["no-such-program-here"])
        await #expect(throws: ProgramError.notFound("no-such-program-here")) { try await missing.run() }
        let empty = ProgramSource(command: [])
        await #expect(throws: ProgramError.notFound("")) { try await empty.run() }
        let folder = ProgramSource(command: ["/tmp"])
        await #expect(throws: ProgramError.notFound("/tmp")) { try await folder.run() }
        let failing = ProgramSource(
            command: ["sh", "-c", "echo first >&2; echo no camera >&2; exit 3"],
            restarts: .init(attempts: 2, first: .milliseconds(1)))
        do {
            try await failing.run()
            Issue.record("it has not failed")
        } catch let error as ProgramError {
            #expect("\(error)" == "the program has ended with status 3: no camera")
        }
        let nonsense = ProgramSource(command: ["sh", "-c", "echo this is no film; cat"], restarts: .never)
        do {
            try await nonsense.run()
            Issue.record("it has not failed")
        } catch let error as ProgramError {
            if case .format = error {} else { Issue.record("\(error)") }
        }
    }

    @Test("a program gets what is written, ends with its body, and by force where it does not want to")
    func children() async throws {
        let echoed = try await ChildProgram.run(["cat"]) { output, input in
            try await input.write(ByteBuffer(string: "hello\n"))
            for try await bytes in output {
                #expect(String(buffer: bytes) == "hello\n")
                return
            }
        }
        // It was asked to end, unless the end of its input was first.
        #expect(echoed.signal == SIGTERM || echoed.status == 0)
        let start = ContinuousClock.now
        let stubborn = try await ChildProgram.run(["sh", "-c", "trap '' TERM; echo up; while :; do read x || :; done"])
        {
            output, _ in
            for try await _ in output { return }
        }
        #expect(stubborn.signal == SIGKILL && ContinuousClock.now - start >= .seconds(2))
        // Nobody's descriptors but its own three, and those that the shell opens.
        let open = try await ChildProgram.run(["sh", "-c", "ls /proc/self/fd | wc -l"]) { output, _ in
            var text = ""
            for try await bytes in output { text += String(buffer: bytes) }
            #expect(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 99 <= 5, "\(text)")
        }
        #expect(open.status == 0)
    }

    @Test("programs that are started and ended in a row, however they end, leave no descriptor open")
    func descriptors() async throws {
        func pipes() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
                .count { name in
                    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name)
                    return target?.hasPrefix("pipe:") == true
                }
        }
        func once() async throws {
            _ = try await ChildProgram.run(["true"]) { output, _ in for try await _ in output {} }
            _ = try await ChildProgram.run(["sh", "-c", "echo out; echo err >&2; kill -9 $$"]) { output, _ in
                for try await _ in output {}
            }
            _ = try await ChildProgram.run(["cat"]) { _, _ in }
        }
        // What is made once and stays is made before it is counted.
        try await once()
        let before = try pipes()
        for _ in 0..<15 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 { group.addTask { try await once() } }
                try await group.waitForAll()
            }
        }
        // Other tests open some beside it; there were 45 programs of each kind.
        #expect(try pipes() < before + 40)
    }

    @Test("waits double up to the longest, and there are so many")
    func waits() {
        let policy = RestartPolicy(attempts: 4, first: .milliseconds(100), longest: .milliseconds(350))
        let expected: [Duration?] = [
            .milliseconds(100), .milliseconds(200), .milliseconds(350), .milliseconds(350), nil,
        ]
        #expect((1...5).map(policy.wait(after:)) == expected)
        #expect(RestartPolicy.never.wait(after: 1) == nil)
        #expect(RestartPolicy(first: .seconds(-1)).wait(after: 1) == .milliseconds(1))
    }
}
