extension Scenario {
    /// Video that follows the estimate, with a key frame every ten seconds.
    package static var video: MediaFlow.Settings { MediaFlow.Settings(.video(keyFrameInterval: 300)) }

    private static func changing(_ rates: [(from: Int64, rate: Double)], delay: Int64 = 25_000) -> ModelLink.Settings {
        var link = ModelLink.Settings(rate: rates[0].rate, delay: delay)
        link.rates = rates
        return link
    }

    private static func with(
        _ kind: ModelSource.Kind = .video(keyFrameInterval: 300), _ change: (inout MediaFlow.Settings) -> Void
    ) -> MediaFlow.Settings {
        var settings = MediaFlow.Settings(kind)
        change(&settings)
        return settings
    }

    private static func with(_ rate: Double, _ change: (inout ModelLink.Settings) -> Void) -> ModelLink.Settings {
        var link = ModelLink.Settings(rate: rate)
        change(&link)
        return link
    }

    private func against(_ tcp: [(kind: TCPFlow.Kind, active: Range<Int64>)]) -> Scenario {
        var scenario = self
        scenario.tcp = tcp
        return scenario
    }

    /// One flow on a path.
    package static var single: [Scenario] {
        [
            Scenario("1 Mbit/s", .init(rate: 1e6), [video], seconds: 60, settles: (0, 1e6)),
            Scenario(
                "halved", changing([(0, 1e6), (20_000_000, 5e5)]), [video], seconds: 40, settles: (20_000_000, 5e5)),
            Scenario(
                "doubled", changing([(0, 5e5), (20_000_000, 1e6)]), [video], seconds: 40, settles: (20_000_000, 1e6)),
            Scenario("50 kbit/s", .init(rate: 5e4), [video], seconds: 60, settles: (0, 5e4)),
            Scenario("10 Mbit/s", .init(rate: 1e7), [video], settles: (0, 1e7)),
            Scenario("100 Mbit/s", .init(rate: 1e8), [video], seconds: 20, settles: (0, 1e8)),
            Scenario("audio only", .init(rate: 1e6), [.init(.audio)], settles: (0, 1e6)),
            Scenario(
                "limited to 200 kbit/s", .init(rate: 1e6), [with(.limitedVideo(2e5)) { $0.wanted = 200_000 }]),
            Scenario(
                "limited, then not", .init(rate: 2e6), [with { $0.active = [0..<8_000_000, 20_000_000..<40_000_000] }],
                seconds: 40, settles: (20_000_000, 2e6)),
            Scenario("jitter 30 ms", .init(rate: 1e6, jitter: 30_000), [video], settles: (0, 1e6)),
            Scenario(
                "300 ms each way", .init(rate: 1e6, delay: 300_000), [with { $0.feedbackDelay = 300_000 }],
                seconds: 60, settles: (0, 1e6)),
            Scenario("queue of 2 s", .init(rate: 1e6, queue: 2_000_000), [video], seconds: 60, settles: (0, 1e6)),
            Scenario("queue of 20 ms", .init(rate: 1e6, queue: 20_000), [video], seconds: 60, settles: (0, 1e6)),
            Scenario("ECN above 10 ms", with(1e6) { $0.markAbove = 10_000 }, [video], settles: (0, 1e6)),
        ]
    }

    /// Losses that are not of the queue, or not of it alone.
    package static var lossy: [Scenario] {
        [
            Scenario("2 % loss", .init(rate: 1e6, loss: .random(0.02)), [video], seconds: 60, settles: (0, 1e6)),
            Scenario("5 % loss", .init(rate: 1e6, loss: .random(0.05)), [video], seconds: 60, settles: (0, 1e6)),
            Scenario("10 % loss", .init(rate: 1e6, loss: .random(0.1)), [video], seconds: 60, settles: (0, 1e6)),
            Scenario(
                "bursts of loss", .init(rate: 1e6, loss: .burst(into: 0.01, outOf: 0.2, loss: 0.8)), [video],
                seconds: 60, settles: (0, 1e6)),
            Scenario(
                "policer 1 Mbit/s, 10 kB", with(1e7) { $0.policer = (1e6, 10_000) }, [video], seconds: 60,
                settles: (0, 1e6)),
            Scenario(
                "policer 1 Mbit/s, 100 kB", with(1e7) { $0.policer = (1e6, 100_000) }, [video], seconds: 60,
                settles: (0, 1e6)),
        ]
    }

    /// Feedback that is bad.
    package static var feedback: [Scenario] {
        [
            Scenario(
                "a third of feedback lost", .init(rate: 1e6), [with { $0.feedbackLoss = 0.33 }], settles: (0, 1e6)),
            Scenario(
                "feedback up to 300 ms late", .init(rate: 1e6), [with { $0.feedbackJitter = 300_000 }],
                settles: (0, 1e6)),
            Scenario(
                "no feedback for 3 s", .init(rate: 1e6), [with { $0.feedbackGap = 10_000_000..<13_000_000 }],
                settles: (13_000_000, 1e6)),
            Scenario(
                "feedback every 100 ms", .init(rate: 1e6), [with { $0.feedbackInterval = 100_000 }],
                settles: (0, 1e6)),
            Scenario("clock 500 ppm fast", .init(rate: 1e6), [with { $0.skew = 500 }], seconds: 60, settles: (0, 1e6)),
            Scenario(
                "clock leaps 1 s", .init(rate: 1e6), [with { $0.leap = (10_000_000, 1_000_000) }],
                settles: (10_000_000, 1e6)),
        ]
    }

    /// Several flows.
    package static var shared: [Scenario] {
        let late = with { $0.start = 10_000_000 }
        let far = with { $0.feedbackDelay = 175_000 }
        let always = 0..<Int64.max
        return [
            Scenario("two flows", .init(rate: 2e6), [video, video], seconds: 60),
            Scenario("two flows, one late", .init(rate: 2e6), [video, late], seconds: 70),
            Scenario("two flows, one 150 ms further", .init(rate: 2e6), [video, far], seconds: 60),
            Scenario("against Reno", .init(rate: 2e6), [video], seconds: 60).against([(.reno, always)]),
            Scenario("against Cubic", .init(rate: 2e6), [video], seconds: 60).against([(.cubic, always)]),
            Scenario("Reno was there before", .init(rate: 2e6), [late], seconds: 70).against([(.reno, always)]),
            Scenario("Cubic comes later", .init(rate: 2e6), [video], seconds: 70)
                .against([(.cubic, 10_000_000..<60_000_000)]),
            Scenario("two flows and Cubic", .init(rate: 3e6), [video, video], seconds: 60).against([(.cubic, always)]),
            Scenario("Cubic, queue of 50 ms", .init(rate: 5e6, queue: 50_000), [video], seconds: 60)
                .against([(.cubic, always)]),
            Scenario("Reno, queue of 1 s", .init(rate: 2e6, queue: 1_000_000), [video], seconds: 90)
                .against([(.reno, always)]),
        ]
    }

    /// The cases of RFC 8867 §5 that make sense with one queue in one direction.
    package static var rfc8867: [Scenario] {
        let s: Int64 = 1_000_000
        let short: [Range<Int64>] = [20, 35, 50, 65, 80].map { ($0 * s)..<(($0 + 4) * s) }
        let rate = with { $0.active = [0..<(40 * s), (60 * s)..<(120 * s)] }
        return [
            Scenario(
                "8867 5.1 variable, one flow",
                changing([(0, 1e6), (40 * s, 2.5e6), (60 * s, 6e5), (80 * s, 1e6)], delay: 50_000),
                [with { $0.feedbackDelay = 50_000 }], seconds: 100, settles: (0, 1e6)),
            Scenario(
                "8867 5.2 variable, two flows",
                changing(
                    [(0, 4e6), (25 * s, 2e6), (50 * s, 3.5e6), (75 * s, 1e6), (100 * s, 2e6)], delay: 50_000),
                [with { $0.feedbackDelay = 50_000 }, with { $0.feedbackDelay = 50_000 }], seconds: 125),
            Scenario(
                "8867 5.3 congested feedback",
                changing([(0, 2e6), (20 * s, 1e6), (40 * s, 5e5), (60 * s, 2e6)], delay: 50_000),
                [with { ($0.feedbackDelay, $0.feedbackJitter, $0.feedbackLoss) = (50_000, 300_000, 0.1) }],
                seconds: 100,
                settles: (0, 2e6)),
            Scenario(
                "8867 5.4 three flows", .init(rate: 3.5e6, delay: 50_000),
                [0, 20, 40].map { start in with { ($0.start, $0.feedbackDelay) = (start * s, 50_000) } }, seconds: 120),
            Scenario(
                "8867 5.5 round trips", .init(rate: 4e6, delay: 10_000),
                [0, 1, 2, 3, 4].map { flow in
                    with { ($0.start, $0.feedbackDelay) = (flow * 10 * s, 10_000 + flow * 30_000) }
                },
                seconds: 120),
            Scenario(
                "8867 5.6 long TCP", .init(rate: 2e6, delay: 50_000), [with { $0.feedbackDelay = 50_000 }], seconds: 120
            )
            .against([(.reno, 0..<Int64.max)]),
            Scenario(
                "8867 5.7 short TCP", .init(rate: 2e6, delay: 50_000), [with { $0.feedbackDelay = 50_000 }],
                seconds: 100
            )
            .against(short.map { (.cubic, $0) }),
            Scenario(
                "8867 5.8 pause and resume", .init(rate: 3.5e6, delay: 50_000),
                [with { $0.feedbackDelay = 50_000 }, rate],
                seconds: 120),
        ]
    }

    package static var all: [Scenario] { single + lossy + feedback + shared + rfc8867 }
}
