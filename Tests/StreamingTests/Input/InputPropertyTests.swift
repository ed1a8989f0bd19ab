import Streaming
import TestSupport
import Testing

@Suite("Random input of many watchers")
struct InputPropertyTests {
    private static let codes = ["KeyA", "KeyB", "KeyC", "ShiftLeft", "Space", "\u{E9}"]

    /// What the source has been told.
    private struct Source {
        var held: Set<String> = []
        var downs: [String: Int] = [:]
        var ups: [String: Int] = [:]
        var mouse: InputEvent.Mouse?
        var gamepads: [Int: InputEvent.Gamepad] = [:]

        mutating func take(_ events: [InputEvent]) {
            for event in events {
                switch event {
                case .key(let key) where key.down:
                    #expect(held.insert(key.code).inserted, "\(key.code) goes down twice")
                    downs[key.code, default: 0] += 1
                case .key(let key):
                    #expect(held.remove(key.code) != nil, "\(key.code) goes up twice")
                    ups[key.code, default: 0] += 1
                case .mouse(let mouse): self.mouse = mouse
                case .gamepad(let gamepad): gamepads[gamepad.index] = gamepad
                }
            }
        }
    }

    /// Watchers and what each holds.
    private struct Model {
        var keys: [Int: Set<String>] = [:]

        var union: Set<String> { keys.values.reduce(into: []) { $0.formUnion($1) } }
    }

    private static func event(_ random: inout SeededGenerator) throws -> InputEvent {
        let code = codes.randomElement(using: &random) ?? "KeyA"
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4: return try .down(code)
        case 4..<8: return try .up(code)
        case 8: return try .mouse(.random(in: 0...1, using: &random), 0, .random(in: 0...7, using: &random))
        default:
            let axes = (0..<Int.random(in: 0...3, using: &random)).map { _ in Double.random(in: -1...1, using: &random)
            }
            return try .gamepad(.random(in: 0...15, using: &random), axes, [.random(in: 0...1, using: &random)])
        }
    }

    @Test(
        "what is down is at each time what anybody holds, and each down has its up when all are gone",
        arguments: 1...20 as ClosedRange<UInt64>, [InputLimits(), InputLimits(eventsPerSecond: 20, burst: 5)])
    func union(seed: UInt64, limits: InputLimits) throws {
        var random = SeededGenerator(seed: seed)
        var input = InputAggregator<Int>(limits: limits)
        var (source, model, now) = (Source(), Model(), Duration.zero)
        var refused = 0
        for step in 0..<800 {
            now += .milliseconds(Int.random(in: 0...5, using: &random))
            let watcher = Int.random(in: 0..<12, using: &random)
            if model.keys[watcher] == nil {
                try input.add(watcher, now: now)
                model.keys[watcher] = []
            } else if Int.random(in: 0..<20, using: &random) == 0 {
                source.take(input.remove(watcher))
                model.keys[watcher] = nil
            }
            guard model.keys[watcher] != nil else { continue }
            let event = try Self.event(&random)
            do throws(InputError) {
                source.take(try input.apply(event, from: watcher, now: now))
                if case .key(let key) = event {
                    if key.down { model.keys[watcher]?.insert(key.code) } else { model.keys[watcher]?.remove(key.code) }
                }
            } catch {
                refused += 1
                #expect(error == .tooFast(perSecond: limits.eventsPerSecond, burst: limits.burst))
                if case .key(let key) = event { #expect(key.down, "a release is refused") }
            }
            #expect(source.held == model.union, "seed \(seed), step \(step)")
            #expect(input.heldKeys == model.union && input.watcherCount == model.keys.count)
            #expect(input.mouse == source.mouse && input.gamepads == source.gamepads)
        }
        #expect((refused > 0) == (limits.burst == 5))
        for watcher in model.keys.keys.shuffled(using: &random) { source.take(input.remove(watcher)) }
        #expect(source.held == [] && source.downs == source.ups && !source.downs.isEmpty)
        #expect(source.mouse?.buttons == 0 && input.watcherCount == 0)
        #expect(source.gamepads.values.allSatisfy { ($0.axes + $0.buttons).allSatisfy { $0 == 0 } })
    }

    @Test(
        "what is passed on of one who sends as fast as it can is on average no more than the rate", arguments: [1, 2])
    func rate(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var input = try watched(by: 1, InputLimits(eventsPerSecond: 100, burst: 10))
        var passed = 0
        for step in 0..<20_000 {
            let events = try? input.apply(Self.event(&random), from: 1, now: .microseconds(500 * step))
            passed += events?.count ?? 0
        }
        // 10 s: what is overdrawn is at most what one can hold.
        #expect(passed <= 10 + 1000 + 64 + 16 * 48)
    }
}
