import Streaming
import Testing

@Suite("Input that many share")
struct SharedInputTests {
    @Test("a key goes down with the first who presses it, and up with the last who releases it")
    func keys() throws {
        var input = try watched(by: 2)
        let (down, up) = (try InputEvent.down("KeyW"), try InputEvent.up("KeyW"))
        #expect(try input.apply(down, from: 1, now: .zero) == [down])
        #expect(try input.apply(down, from: 2, now: .zero) == [])
        #expect(try input.apply(up, from: 1, now: .zero) == [])
        #expect(input.heldKeys == ["KeyW"])
        #expect(try input.apply(up, from: 2, now: .zero) == [up])
        #expect(input.heldKeys == [])
    }

    @Test("a key that its keyboard repeats is held once")
    func repetition() throws {
        var input = try watched(by: 1)
        let (down, up) = (try InputEvent.down("KeyW"), try InputEvent.up("KeyW"))
        #expect(try input.apply(down, from: 1, now: .zero) == [down])
        for _ in 0..<5 { #expect(try input.apply(down, from: 1, now: .zero) == []) }
        #expect(try input.apply(up, from: 1, now: .zero) == [up])
        #expect(try input.apply(up, from: 1, now: .zero) == [])
    }

    @Test("a release of what another holds is nothing")
    func foreign() throws {
        var input = try watched(by: 2)
        _ = try input.apply(.down("KeyW"), from: 1, now: .zero)
        #expect(try input.apply(.up("KeyW"), from: 2, now: .zero) == [])
        #expect(input.heldKeys == ["KeyW"])
    }

    @Test("a key goes up with the bytes with which it went down, whatever equal text is released")
    func equalText() throws {
        var input = try watched(by: 2)
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        _ = try input.apply(.down(composed), from: 1, now: .zero)
        #expect(try input.apply(.down(decomposed), from: 2, now: .zero) == [])
        #expect(try input.apply(.up(decomposed), from: 1, now: .zero) == [])
        let events = try input.apply(.up(decomposed), from: 2, now: .zero)
        guard case .key(let key)? = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(Array(key.code.utf8) == Array(composed.utf8))
    }

    @Test("of the mouse and of each gamepad the last event counts, and is passed on at once")
    func lastWriter() throws {
        var input = try watched(by: 2)
        for (watcher, event) in [
            (1, try InputEvent.mouse(1, 2, 1)), (2, try .mouse(3, 4)), (2, try .mouse(3, 4)),
            (1, try .mouse(5, 6, 2, wheel: -3)), (1, try .gamepad(0, [1], [1])), (2, try .gamepad(0, [0, 0])),
            (2, try .gamepad(15, [0.5], [0.25])),
        ] {
            #expect(try input.apply(event, from: watcher, now: .zero) == [event])
        }
        #expect(input.mouse?.buttons == 2)
        #expect(input.gamepads[0]?.axes == [0, 0] && input.gamepads[15]?.buttons == [0.25])
    }

    @Test("who is removed lets go of what it alone held, the last key first")
    func removal() throws {
        var input = try watched(by: 2)
        for code in ["ShiftLeft", "KeyA", "KeyB"] { _ = try input.apply(.down(code), from: 1, now: .zero) }
        _ = try input.apply(.down("KeyA"), from: 2, now: .zero)
        _ = try input.apply(.mouse(0.5, 0.75, 5, wheel: 2), from: 1, now: .zero)
        _ = try input.apply(.gamepad(3, [0, 1], [0.5]), from: 1, now: .zero)
        _ = try input.apply(.gamepad(1, [-1]), from: 1, now: .zero)
        #expect(
            try input.remove(1) == [
                .up("KeyB"), .up("ShiftLeft"), .mouse(0.5, 0.75, 0), .gamepad(1, [0]), .gamepad(3, [0, 0], [0]),
            ])
        #expect(input.remove(1) == [] && input.heldKeys == ["KeyA"] && input.watcherCount == 1)
        #expect(try input.remove(2) == [.up("KeyA")])
    }

    @Test("who is removed leaves a mouse and a gamepad alone that another has written since, or that rest")
    func removalOfEarlierWriter() throws {
        var input = try watched(by: 2)
        _ = try input.apply(.mouse(1, 1, 1), from: 1, now: .zero)
        _ = try input.apply(.gamepad(0, [1]), from: 1, now: .zero)
        _ = try input.apply(.mouse(2, 2, 1), from: 2, now: .zero)
        _ = try input.apply(.gamepad(0, [0.5]), from: 2, now: .zero)
        #expect(input.remove(1) == [])
        _ = try input.apply(.mouse(2, 2), from: 2, now: .zero)
        _ = try input.apply(.gamepad(0, [0], [0]), from: 2, now: .zero)
        #expect(input.remove(2) == [])
    }

    @Test("everything is let go when everybody is gone")
    func removalOfAll() throws {
        var input = try watched(by: 3)
        for watcher in 1...3 {
            _ = try input.apply(.down("KeyA"), from: watcher, now: .zero)
            _ = try input.apply(.mouse(0, 0, 1), from: watcher, now: .zero)
        }
        #expect(try Set(input.removeAll()) == [.up("KeyA"), .mouse(0, 0)])
        #expect(input.watcherCount == 0 && input.heldKeys == [] && input.mouse?.buttons == 0)
    }

    @Test("a message that is read after its sender's removal does not bring it back")
    func late() throws {
        var input = try watched(by: 1)
        _ = input.remove(1)
        for event in [try InputEvent.down("KeyA"), try .up("KeyA"), try .mouse(0, 0, 1), try .gamepad(0, [1])] {
            #expect(throws: InputError.unknownWatcher) { try input.apply(event, from: 1, now: .zero) }
        }
        #expect(input.heldKeys == [] && input.mouse == nil && input.gamepads == [:])
    }
}
