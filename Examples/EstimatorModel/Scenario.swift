/// A path, who uses it and for how long.
package struct Scenario: Sendable {
    /// For tables, and to choose by.
    package var name: String
    /// What all share.
    package var link: ModelLink.Settings
    /// The flows that are measured.
    package var media: [MediaFlow.Settings]
    /// Those that take what they can get.
    package var tcp: [(kind: TCPFlow.Kind, active: Range<Int64>)] = []
    /// How long it takes, in microseconds.
    package var end: Int64
    /// The rate to be found, in bit/s, and from when on it can be.
    package var settles: (from: Int64, rate: Double)?

    /// - Parameter settles: the time in microseconds, and the rate in bit/s.
    package init(
        _ name: String, _ link: ModelLink.Settings, _ media: [MediaFlow.Settings], seconds: Int64 = 30,
        settles: (from: Int64, rate: Double)? = nil
    ) {
        (self.name, self.link, self.media) = (name, link, media)
        (end, self.settles) = (seconds * 1_000_000, settles)
    }

    /// From when on it is measured, in microseconds: when it should have settled.
    package var measured: Int64 { min(end * 2 / 3, (settles?.from ?? 0) + 5_000_000) }

    /// From when on shares are compared: when all flows have been there for a while.
    package var compared: Int64 { min(end * 2 / 3, max(measured, (media.map(\.start).max() ?? 0) + 15_000_000)) }

    /// Before it runs.
    package func simulation(seed: UInt64 = 1) -> Simulation {
        Simulation(link: link, media: media, tcp: tcp, seed: seed)
    }

    /// It has run.
    package func run(seed: UInt64 = 1) -> Simulation {
        var simulation = simulation(seed: seed)
        simulation.run(until: end)
        return simulation
    }
}
