import EstimatorModel

/// What became of modelled links, in Markdown.
enum EstimatorTable {
    /// One line for each case.
    static func one(of scenarios: [Scenario]) -> String {
        var lines = [
            "| Case | Settles in | Use of the link | Queue p95 | Loss | Note |",
            "| --- | ---: | ---: | ---: | ---: | --- |",
        ]
        for scenario in scenarios {
            let result = scenario.run()
            let start = scenario.measured
            var settling = "-"
            if let aim = scenario.settles {
                settling = result.settling(from: aim.from, to: aim.rate).map { "\(rounded($0)) s" } ?? "never"
            }
            var note = ""
            if result.media.count + result.tcp.count > 1 {
                let shares = (0..<(result.media.count + result.tcp.count)).map {
                    "\(Int(result.received($0, from: scenario.compared) / 1_000))"
                }
                note = "flows " + shares.joined(separator: ", ") + " kbit/s"
            } else {
                note = "estimate \(Int(result.estimate(from: start) / 1_000)) kbit/s"
            }
            lines.append(
                "| \(scenario.name) | \(settling) | \(rounded(100 * result.use(from: start))) % "
                    + "| \(rounded(result.queue95(from: start))) ms | \(rounded(100 * result.loss())) % | \(note) |")
        }
        return lines.joined(separator: "\n")
    }

    /// The range of ten seeds.
    static func range(of scenarios: [Scenario]) -> String {
        var lines = [
            "| Case | Settles in, s | Use of the link, % | Queue p95, ms | Least of a flow, of its fair share in % | Contested, s |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
        ]
        for scenario in scenarios {
            var (settling, use, queue): ([Double], [Double], [Double]) = ([], [], [])
            var (share, contested): ([Double], [Double]) = ([], [])
            for seed in 1...10 {
                let result = scenario.run(seed: UInt64(seed))
                let start = scenario.measured
                if let aim = scenario.settles { settling.append(result.settling(from: aim.from, to: aim.rate) ?? 999) }
                use.append(100 * result.use(from: start))
                queue.append(result.queue95(from: start))
                let flows = 0..<(result.media.count + result.tcp.count)
                let rates = flows.map { result.received($0, from: scenario.compared) }
                contested.append(Double(result.samples.count { $0.isContested }) / 10)
                share.append(100 * (rates.min() ?? 0) / max(1, rates.reduce(0, +)) * Double(rates.count))
            }
            let cells = [range(settling), range(use), range(queue), range(share), range(contested)]
            lines.append("| \(scenario.name) | " + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }

    private static func range(_ values: [Double]) -> String {
        guard let least = values.min(), let most = values.max() else { return "-" }
        return "\(rounded(least)) to \(rounded(most))"
    }

    /// With one digit after the point, or two below 1.
    private static func rounded(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
