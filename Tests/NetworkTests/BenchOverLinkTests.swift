import Foundation
import TestSupport
import Testing

/// `rtcbench peer`, which is how this library is compared with others: its files and its line of JSON are an interface.
@Suite("rtcbench peer", .needsLink, .timeLimit(.minutes(3)))
struct BenchOverLinkTests {
    private struct Report: Decodable, Equatable {
        let lib: String
        let mode: String
        let mbit_s: Double
        let bytes: Int
        let faults: Int
    }

    @Test("two processes in two namespaces exchange descriptions as files and measure a transfer")
    func transfer() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("rtcbench-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let link = try await EmulatedLink("--delay-ms", "1")
        let common = ["peer", "--exchange", directory, "--size-total", "5000000", "--message-size", "20000", "--check"]
        let offerer = try link.start("rtcbench", at: link.ends.a, common + ["--role", "offer"])
        let answerer = try link.start("rtcbench", at: link.ends.b, common + ["--role", "answer"])
        let statuses = await [answerer.end(), offerer.end()]
        await link.remove()
        #expect(statuses == [0, 0])
        #expect(offerer.lines == [])
        let report = try JSONDecoder().decode(Report.self, from: Data((answerer.lines.last ?? "").utf8))
        #expect(report.lib == "swift-webrtc")
        #expect(report.mode == "peer")
        #expect(report.bytes == 5_000_000)
        #expect(report.faults == 0)
        #expect(report.mbit_s > 0)
        #expect(FileManager.default.fileExists(atPath: directory + "/done"))
    }

    private struct StreamReport: Decodable {
        let marked: Int?
        let bytes: [Int]
    }

    /// Sends pictures for some seconds over a link of 1 Mbit/s, whose queue marks what waits for more than 5 ms.
    private func stream(_ options: String...) async throws -> StreamReport {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("rtcbench-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let link = try await EmulatedLink("--delay-ms", "10", "--rate", "1000", "--queue-ms", "400", "--ecn", "5")
        let common = ["stream", "--exchange", directory, "--seconds", "4"]
        let offerer = try link.start("rtcbench", at: link.ends.a, common + ["--role", "offer"] + options)
        let answerer = try link.start("rtcbench", at: link.ends.b, common + ["--role", "answer"])
        let statuses = await [answerer.end(), offerer.end()]
        await link.remove()
        #expect(statuses == [0, 0])
        return try JSONDecoder().decode(StreamReport.self, from: Data((answerer.lines.last ?? "").utf8))
    }

    @Test(
        "a queue's marks reach the receiver of media that knows ECN, and the sender, who sends less; other media has none"
    )
    func marks() async throws {
        let (marked, unmarked) = (try await stream("--ecn"), try await stream())
        #expect((marked.marked ?? 0) > 0 && unmarked.marked == 0)
        // Without the marks it fills the link; a queue of 5 ms takes a part of that.
        let (less, more) = (marked.bytes.reduce(0, +), unmarked.bytes.reduce(0, +))
        #expect(less < more && less > more / 10, "\(less) of \(more)")
    }
}
