extension Simulation {
    /// What a flow received on average, in bit/s, between two times.
    package func received(_ flow: Int, from start: Int64, to end: Int64 = .max) -> Double {
        mean(start, end) { $0.received[flow] }
    }

    /// What a flow of media was told it may send, on average.
    package func estimate(_ flow: Int = 0, from start: Int64, to end: Int64 = .max) -> Double {
        mean(start, end) { $0.estimates[flow] }
    }

    /// Which share of the link all flows used.
    package func use(from start: Int64, to end: Int64 = .max) -> Double {
        mean(start, end) { $0.received.reduce(0, +) } / max(1, mean(start, end) { $0.linkRate })
    }

    /// How long the queue was at the 95th percentile, in milliseconds.
    package func queue95(from start: Int64 = 0, to end: Int64 = .max) -> Double {
        let range = queueDelays[min(queueDelays.count, Int(start / 1_000))..<min(queueDelays.count, Int(end / 1_000))]
        guard !range.isEmpty else { return 0 }
        let sorted = range.sorted()
        return Double(sorted[min(sorted.count - 1, sorted.count * 95 / 100)]) / 1_000
    }

    /// The share of a flow's packets that was lost.
    package func loss(_ flow: Int = 0) -> Double {
        Double(link.lost[flow] ?? 0) / Double(max(1, media[flow].sentCount))
    }

    /// How long after a time the estimate of a flow comes within a share of a rate, in seconds; nil
    /// if never. It must stay there for half a second, on average.
    package func settling(
        _ flow: Int = 0, from start: Int64 = 0, to rate: Double, within share: Double = 0.15
    ) -> Double? {
        for (index, sample) in samples.enumerated() where sample.time >= start {
            guard abs(sample.estimates[flow] - rate) <= share * rate else { continue }
            let following = samples[index..<min(samples.count, index + 5)]
            let mean = following.reduce(0) { $0 + $1.estimates[flow] } / Double(following.count)
            if abs(mean - rate) <= share * rate { return Double(sample.time - start) / 1_000_000 }
        }
        return nil
    }

    private func mean(_ start: Int64, _ end: Int64, _ value: (Sample) -> Double) -> Double {
        let chosen = samples.filter { $0.time >= start && $0.time < end }
        return chosen.reduce(0) { $0 + value($1) } / Double(max(1, chosen.count))
    }
}
