import Foundation
import TestSupport
import Testing

/// What connections that have nothing to do with each other do to each other where they share a link.
@Suite("Two connections over one link", .needsLink, .timeLimit(.minutes(3)))
struct SharingTests {
    private struct Report: Decodable {
        let mbit_s: Double
        let faults: Int
    }

    @Test("each gets its part, and nothing is lost")
    func share() async throws {
        let link = try await EmulatedLink("--delay-ms", "10", "--rate-mbit", "20")
        var programs: [LineProcess] = []
        var answerers: [LineProcess] = []
        for _ in 0..<2 {
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent("rtcbench-\(UUID())").path
            let common = ["peer", "--exchange", directory, "--seconds", "10", "--message-size", "20000", "--check"]
            answerers.append(try link.start("rtcbench", at: link.ends.b, common + ["--role", "answer"]))
            programs.append(try link.start("rtcbench", at: link.ends.a, common + ["--role", "offer"]))
        }
        for program in answerers + programs { #expect(await program.end() == 0) }
        await link.remove()
        let reports = try answerers.map {
            try JSONDecoder().decode(Report.self, from: Data(($0.lines.last ?? "").utf8))
        }
        #expect(reports.allSatisfy { $0.faults == 0 })
        let rates = reports.map(\.mbit_s).sorted()
        #expect(rates[0] * 4 > rates[1], "\(rates)")
    }
}
