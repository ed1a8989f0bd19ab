import ArgumentParser
import EstimatorModel

/// The estimate of what can be sent, over modelled links in virtual time.
struct Estimator: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the estimator and the pacer over modelled links, in virtual time, and writes a table.",
        discussion: """
            The links, and the flows on them, are those of RFC 8867 and some more. The result is the same on every \
            machine. Docs/Estimator.md has the tables of all, and says what the columns mean.
            """)

    /// What is written.
    enum Output: String, CaseIterable, ExpressibleByArgument {
        /// One line for each case.
        case table
        /// The range over ten seeds, one line for each case.
        case seeds
        /// The estimate, what arrives and the queue, each half second of each case.
        case trace
    }

    @Option(help: "Only the cases whose names have this in them.") var only = ""
    @Option(help: "What is written: table, seeds or trace.") var output = Output.table

    func run() throws {
        let scenarios = Scenario.all.filter { only.isEmpty || $0.name.contains(only) }
        guard !scenarios.isEmpty else {
            let names = Scenario.all.map(\.name).joined(separator: "; ")
            throw ValidationError("no case has '\(only)' in its name; there are: \(names)")
        }
        switch output {
        case .table: print(EstimatorTable.one(of: scenarios))
        case .seeds: print(EstimatorTable.range(of: scenarios))
        case .trace: for scenario in scenarios { trace(scenario) }
        }
    }

    private func trace(_ scenario: Scenario) {
        print("#", scenario.name)
        var simulation = scenario.simulation()
        simulation.run(until: scenario.end)
        for sample in simulation.samples where sample.time % 500_000 >= 400_000 {
            let queue = simulation.queueDelays[Int(sample.time / 1_000)] / 1_000
            let estimates = sample.estimates.map { String(Int($0 / 1_000)) }.joined(separator: " ")
            let received = sample.received.map { String(Int($0 / 1_000)) }.joined(separator: " ")
            print(
                Double(sample.time) / 1_000_000, "estimate", estimates, "received", received, "queue", queue,
                sample.isContested ? "contested" : "")
        }
        print("loss", simulation.media.indices.map { simulation.loss($0) }, simulation.media.map(\.pathLoss))
    }
}
