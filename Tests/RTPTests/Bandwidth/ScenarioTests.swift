import EstimatorModel
import Testing

/// The goals, in virtual time. Rates in bit/s, times in microseconds.
@Suite("On a link")
struct ScenarioTests {
    private func run(_ name: String, seconds: Int64? = nil, seed: UInt64 = 1) throws -> Simulation {
        var scenario = try #require(Scenario.all.first { $0.name == name })
        if let seconds { scenario.end = seconds * 1_000_000 }
        return scenario.run(seed: seed)
    }

    @Test("1 Mbit/s is found in two seconds, used and not flooded", arguments: 1...2 as ClosedRange<UInt64>)
    func clean(seed: UInt64) throws {
        let result = try run("1 Mbit/s", seconds: 20, seed: seed)
        #expect(try #require(result.settling(to: 1e6)) < 2)
        #expect(result.use(from: 5_000_000) > 0.85)
        #expect(result.queue95(from: 5_000_000) < 60)
        #expect(result.loss() < 0.01)
    }

    @Test("a rate that is halved is followed in one and a half seconds", arguments: 1...2 as ClosedRange<UInt64>)
    func halved(seed: UInt64) throws {
        let result = try run("halved", seconds: 26, seed: seed)
        #expect(result.estimate(from: 21_500_000, to: 22_000_000) < 1.15 * 5e5)
        #expect(result.use(from: 20_500_000, to: 25_000_000) > 0.85)
        #expect(result.queue95(from: 22_500_000) < 75)
    }

    @Test("a rate that is doubled is found in five seconds", arguments: 1...2 as ClosedRange<UInt64>)
    func doubled(seed: UInt64) throws {
        let result = try run("doubled", seconds: 28, seed: seed)
        #expect(try #require(result.settling(from: 20_000_000, to: 1e6)) < 5)
        #expect(result.use(from: 25_000_000) > 0.85)
    }

    @Test("slow and fast links are found", arguments: [("50 kbit/s", 5e4), ("10 Mbit/s", 1e7)])
    func rates(name: String, rate: Double) throws {
        let result = try run(name, seconds: 15)
        #expect(try #require(result.settling(to: rate)) < 3)
        #expect(result.use(from: 5_000_000) > 0.8)
    }

    @Test("100 Mbit/s are found in two seconds")
    func fast() throws {
        let result = try run("100 Mbit/s", seconds: 3)
        #expect(try #require(result.settling(to: 1e8)) < 2)
    }

    @Test("audio alone is enough to go on with")
    func audio() throws {
        let result = try run("audio only", seconds: 20)
        #expect(result.estimate(from: 5_000_000) > 200_000)
        #expect(result.estimate(from: 5_000_000) < 1_300_000)
        #expect(result.queue95() < 30)
    }

    @Test(
        "losses without a queue are not congestion",
        arguments: [("2 % loss", 0.75), ("5 % loss", 0.6), ("10 % loss", 0.5), ("bursts of loss", 0.5)])
    func loss(name: String, least: Double) throws {
        let result = try run(name, seconds: 25)
        #expect(result.use(from: 5_000_000) > least)
        #expect(result.queue95(from: 5_000_000) < 60)
    }

    @Test("a policer is heeded", arguments: ["policer 1 Mbit/s, 10 kB", "policer 1 Mbit/s, 100 kB"])
    func policer(name: String) throws {
        let result = try run(name, seconds: 25)
        let estimate = result.estimate(from: 5_000_000)
        #expect(estimate > 0.85e6 && estimate < 1.25e6)
        #expect(result.received(0, from: 5_000_000) > 0.8e6)
        // Most of it by what the first second tries, of which what was lost is tried again.
        #expect(result.loss() < 0.13)
    }

    @Test("jitter, far away receivers and small queues are coped with", arguments: ["jitter 30 ms", "300 ms each way"])
    func paths(name: String) throws {
        let result = try run(name, seconds: 20)
        #expect(result.use(from: 5_000_000) > 0.75)
        #expect(result.queue95(from: 5_000_000) < 90)
    }

    @Test("two flows share a link evenly", arguments: ["two flows", "two flows, one 150 ms further"])
    func fairness(name: String) throws {
        let result = try run(name, seconds: 40)
        let (first, second) = (result.received(0, from: 10_000_000), result.received(1, from: 10_000_000))
        #expect(abs(first - second) < 0.2 * max(first, second))
        #expect(result.queue95(from: 5_000_000) < 60)
    }

    @Test("a flow that comes late gets its share")
    func late() throws {
        let result = try run("two flows, one late", seconds: 45)
        let (first, second) = (result.received(0, from: 30_000_000), result.received(1, from: 30_000_000))
        #expect(abs(first - second) < 0.3 * max(first, second))
    }

    @Test("TCP neither starves it nor is starved", arguments: ["against Reno", "against Cubic"])
    func tcp(name: String) throws {
        let result = try run(name, seconds: 40)
        for flow in 0...1 {
            let share = result.received(flow, from: 10_000_000) / 2e6
            #expect(share > 0.25 && share < 0.75)
        }
    }

    @Test("a flow that comes to a filled queue is not starved")
    func filled() throws {
        let result = try run("Reno was there before", seconds: 50)
        #expect(result.received(0, from: 25_000_000) > 0.2 * 2e6)
    }

    @Test("once TCP is gone the queue is short again")
    func afterTCP() throws {
        let result = try run("Cubic comes later")
        #expect(result.received(0, from: 20_000_000, to: 60_000_000) > 0.25 * 2e6)
        #expect(result.queue95(from: 64_000_000) < 75)
        #expect(result.use(from: 64_000_000) > 0.75)
    }

    @Test(
        "bad feedback is coped with",
        arguments: ["a third of feedback lost", "feedback up to 300 ms late", "clock 500 ppm fast", "clock leaps 1 s"])
    func feedback(name: String) throws {
        let result = try run(name, seconds: 25)
        #expect(result.use(from: 15_000_000) > 0.8)
        #expect(result.queue95(from: 15_000_000) < 80)
    }

    @Test("without feedback less is sent, and with it as much as before")
    func gap() throws {
        let result = try run("no feedback for 3 s")
        #expect(result.estimate(from: 12_500_000, to: 13_000_000) < 0.6e6)
        #expect(result.estimate(from: 16_000_000, to: 20_000_000) > 0.8e6)
    }

    @Test("after a pause it goes on where it was")
    func pause() throws {
        let result = try run("limited, then not")
        #expect(try #require(result.settling(from: 20_000_000, to: 2e6)) < 2)
    }

    @Test("short downloads do not drive it away")
    func shortTCP() throws {
        let result = try run("8867 5.7 short TCP", seconds: 45)
        #expect(result.received(0, from: 10_000_000) > 1e6)
    }

    @Test("the same seed gives the same run")
    func determinism() throws {
        let (first, second) = (try run("5 % loss", seconds: 5), try run("5 % loss", seconds: 5))
        #expect(first.queueDelays == second.queueDelays)
        #expect(first.samples.map(\.estimates) == second.samples.map(\.estimates))
    }
}
