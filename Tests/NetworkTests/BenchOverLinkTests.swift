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
}
