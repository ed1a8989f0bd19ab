import Streaming

/// Short ways to make events.
extension InputEvent {
    static func down(_ code: String) throws -> Self { .key(try Key(code: code, down: true)) }

    static func up(_ code: String) throws -> Self { .key(try Key(code: code, down: false)) }

    static func mouse(_ x: Double, _ y: Double, _ buttons: UInt16 = 0, wheel: Double = 0) throws -> Self {
        .mouse(try Mouse(x: x, y: y, buttons: buttons, wheel: wheel))
    }

    static func gamepad(_ index: Int, _ axes: [Double], _ buttons: [Double] = []) throws -> Self {
        .gamepad(try Gamepad(index: index, axes: axes, buttons: buttons))
    }
}

/// An aggregator that 1 to `count` watch.
func watched(by count: Int, _ limits: InputLimits = InputLimits()) throws -> InputAggregator<Int> {
    var input = InputAggregator<Int>(limits: limits)
    for watcher in 1...count { try input.add(watcher, now: .zero) }
    return input
}
