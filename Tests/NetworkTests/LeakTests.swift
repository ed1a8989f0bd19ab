import Foundation
import TestSupport
import Testing

/// What a connection leaves behind when it is gone, which has to be nothing.
@Suite("a thousand connections", .timeLimit(.minutes(5)))
struct LeakTests {
    /// `leakprobe`'s line.
    private struct Report: Decodable {
        struct Holdings: Decodable {
            let rss_kb: Int
            let heap_kb: Int
            let fds: Int
            let threads: Int
        }
        let connections: Int
        let first: Holdings
        let last: Holdings
    }

    @Test(
        "connections that are opened and closed one after another leave no descriptor, no thread and no memory behind",
        .disabled(if: isSanitized, "a sanitizer keeps what is freed; it looks for leaks itself"))
    func nothingIsLeft() async throws {
        let probe = try LineProcess("leakprobe", LineProcess.product("leakprobe"), ["--count", "1000"])
        #expect(await probe.end() == 0)
        let line = try #require(probe.lines.last)
        let report = try JSONDecoder().decode(Report.self, from: Data(line.utf8))
        let (first, last) = (report.first, report.last)
        #expect(report.connections == 1000)
        #expect(last.fds <= first.fds, "\(line)")
        #expect(last.threads <= first.threads, "\(line)")
        #expect(last.rss_kb * 100 <= first.rss_kb * 105, "\(line)")
        // Sharper than the resident memory, which has room for 2 KB of each: what 900 connections may add to the heap is
        // half of that, and what they do add is a fifth at most, once for all.
        #expect(last.heap_kb <= first.heap_kb + 900, "\(line)")
    }

    private static let isSanitized = ProcessInfo.processInfo.environment["ASAN_OPTIONS"] != nil
}
