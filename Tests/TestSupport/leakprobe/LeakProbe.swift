import ArgumentParser
import Foundation
import Synchronization

/// Opens and closes connections one after another and says what the process holds after the first hundred and at the end.
/// A program of its own, because what else runs in a process of tests would be measured with it.
@main
struct LeakProbe: AsyncParsableCommand {
    /// What is written, as one line of JSON.
    private struct Report: Encodable {
        let connections: Int
        let first: Holdings
        let last: Holdings
    }

    /// By then all that is made once is made: threads, the certificate, tables that grow to their size.
    private static let warmUp = 100

    @Option(help: "Connections to open in all.") var count = 1000

    func validate() throws {
        // A hundred ends with both ends closed and awaited, so nothing is on its way out while it is measured.
        guard count > Self.warmUp, count % Self.warmUp == 0 else {
            throw ValidationError("--count has to be a multiple of \(Self.warmUp) larger than it")
        }
    }

    func run() async throws {
        await Self.startThreads()
        var first: Holdings?
        for number in 1...count {
            try await ProbeConnection.run(ending: .number(number))
            if number == Self.warmUp { first = .now() }
        }
        guard let first else { return }
        let report = try JSONEncoder().encode(Report(connections: count, first: first, last: .now()))
        try FileHandle.standardOutput.write(contentsOf: report + Data("\n".utf8))
    }

    private final class Started: Sendable {
        let count = Atomic(0)
    }

    /// Has Swift start the threads that tasks run on: which of them the first hundred connections
    /// would need is chance.
    private static func startThreads() async {
        let count = ProcessInfo.processInfo.activeProcessorCount
        let started = Started()
        await withTaskGroup { group in
            for _ in 0..<count {
                group.addTask {
                    started.count.add(1, ordering: .relaxed)
                    // Holds its thread, so that the next one needs another.
                    let end = ContinuousClock.now + .seconds(1)
                    while started.count.load(ordering: .relaxed) < count, ContinuousClock.now < end {}
                }
            }
        }
    }
}
