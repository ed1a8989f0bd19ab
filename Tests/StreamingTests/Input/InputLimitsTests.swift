import Streaming
import Testing

@Suite("Bounds of shared input")
struct InputLimitsTests {
    @Test("so many watch and no more, and who is removed makes room")
    func watchers() throws {
        var input = try watched(by: 256)
        try input.add(1, now: .zero)
        let error = #expect(throws: InputError.self) { try input.add(257, now: .zero) }
        #expect(error == .tooManyWatchers(allowed: 256))
        #expect(error?.description == "one watcher more than the 256 that are allowed")
        _ = input.remove(1)
        try input.add(257, now: .zero)
        #expect(input.watcherCount == 256)
    }

    @Test("one holds so many keys and no more, and one more goes after a release")
    func keys() throws {
        var input = try watched(by: 2)
        for key in 1...64 { _ = try input.apply(.down("Key\(key)"), from: 1, now: .zero) }
        #expect(throws: InputError.tooManyKeys(allowed: 64)) { try input.apply(.down("Key65"), from: 1, now: .zero) }
        #expect(try input.apply(.down("Key64"), from: 1, now: .zero) == [])
        #expect(try input.apply(.down("Key65"), from: 2, now: .zero) == [.down("Key65")])
        #expect(try input.apply(.up("Key1"), from: 1, now: .zero) == [.up("Key1")])
        #expect(try input.apply(.down("Key1"), from: 1, now: .zero) == [.down("Key1")])
        #expect(input.heldKeys.count == 65)
    }

    @Test("one sends so many events at once, then so many a second, and others are not concerned")
    func rate() throws {
        var input = try watched(by: 2)
        for step in 0..<250 { _ = try input.apply(.mouse(Double(step), 0), from: 1, now: .zero) }
        let error = InputError.tooFast(perSecond: 1000, burst: 250)
        #expect(throws: error) { try input.apply(.mouse(0, 0), from: 1, now: .zero) }
        #expect(
            error.description == "more events than 1000 a second after 250 at once, that one watcher may send")
        #expect(throws: error) { try input.apply(.down("KeyA"), from: 1, now: .zero) }
        #expect(throws: error) { try input.apply(.gamepad(0, [1]), from: 1, now: .zero) }
        #expect(try input.apply(.mouse(7, 7), from: 2, now: .zero).count == 1)
        var passed = 0
        for step in 1...10_000 {
            let now = Duration.microseconds(100 * step)
            if (try? input.apply(.mouse(0, Double(step)), from: 1, now: now)) != nil { passed += 1 }
        }
        #expect((999...1000).contains(passed))
    }

    @Test("a release is passed on however fast it comes, and counts for what comes next")
    func releases() throws {
        var input = try watched(by: 1, InputLimits(eventsPerSecond: 10, burst: 4))
        for code in ["KeyA", "KeyB", "KeyC", "KeyD"] { _ = try input.apply(.down(code), from: 1, now: .zero) }
        for code in ["KeyA", "KeyB", "KeyC", "KeyD"] {
            #expect(try input.apply(.up(code), from: 1, now: .zero) == [.up(code)])
        }
        // What is not held costs nothing that is missing later.
        for _ in 0..<100 { #expect(try input.apply(.up("KeyA"), from: 1, now: .zero) == []) }
        let error = InputError.tooFast(perSecond: 10, burst: 4)
        #expect(throws: error) { try input.apply(.down("KeyA"), from: 1, now: .milliseconds(490)) }
        #expect(try input.apply(.down("KeyA"), from: 1, now: .milliseconds(510)) == [.down("KeyA")])
    }

    @Test("of an event that comes too fast the buttons that it lets go are passed on, and nothing it presses")
    func partialReleases() throws {
        var input = try watched(by: 2, InputLimits(eventsPerSecond: 1, burst: 2))
        _ = try input.apply(.mouse(1, 1, 0b11), from: 1, now: .zero)
        _ = try input.apply(.gamepad(0, [1, -0.5], [1, 0.5, 0]), from: 1, now: .zero)
        let error = InputError.tooFast(perSecond: 1, burst: 2)
        #expect(throws: error) { try input.apply(.mouse(9, 9, 0b111, wheel: 1), from: 1, now: .zero) }
        #expect(try input.apply(.mouse(2, 3, 0b110, wheel: 1), from: 1, now: .zero) == [.mouse(2, 3, 0b10)])
        #expect(throws: error) { try input.apply(.gamepad(0, [0.9, -1], [0.8, 0.5, 1]), from: 1, now: .zero) }
        #expect(
            try input.apply(.gamepad(0, [0.02, -1], [1]), from: 1, now: .zero) == [
                .gamepad(0, [0.02, -0.5], [1, 0, 0])
            ])
        #expect(throws: error) { try input.apply(.gamepad(0, [0.01, -1], [1]), from: 1, now: .zero) }
        #expect(throws: error) { try input.apply(.gamepad(1, [0]), from: 1, now: .zero) }
        // What another wrote is that one's to let go.
        _ = try input.apply(.mouse(4, 4, 0b10), from: 2, now: .zero)
        #expect(throws: error) { try input.apply(.mouse(4, 4), from: 1, now: .zero) }
    }

    @Test("a clock that goes back, stands still or jumps far gives no more than a burst")
    func clock() throws {
        var input = try watched(by: 1, InputLimits(eventsPerSecond: 1000, burst: 3))
        for now in [
            Duration.seconds(5), .zero, .seconds(-9), .seconds(Int64.max), .seconds(Int64.min), .seconds(Int64.max),
        ] {
            var passed = 0
            for _ in 0..<10 where (try? input.apply(.mouse(0, 0), from: 1, now: now)) != nil { passed += 1 }
            #expect(passed <= 3)
        }
    }

    @Test(
        "limits that cannot work are taken for 1",
        arguments: [InputLimits(watchers: 0, keysPerWatcher: -1, eventsPerSecond: .min, burst: 0)])
    func corrected(_ limits: InputLimits) throws {
        var input = InputAggregator<String>(limits: limits)
        #expect(input.limits == InputLimits(watchers: 1, keysPerWatcher: 1, eventsPerSecond: 1, burst: 1))
        try input.add("a", now: .zero)
        #expect(try input.apply(.down("KeyA"), from: "a", now: .zero) == [.down("KeyA")])
    }

    @Test("limits as large as numbers are do not trap")
    func largest() throws {
        let limits = InputLimits(watchers: .max, keysPerWatcher: .max, eventsPerSecond: .max, burst: .max)
        var input = try watched(by: 3, limits)
        #expect(try input.apply(.down("KeyA"), from: 1, now: .seconds(Int64.max)).count == 1)
    }
}
