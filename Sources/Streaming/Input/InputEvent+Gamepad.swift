extension InputEvent {
    /// What is held on a gamepad; of an axis or a button that it does not list nothing is.
    public struct Gamepad: Sendable, Hashable {
        /// What numbers a gamepad may have.
        public static let indices = 0...15
        /// How many axes there may be.
        public static let maximumAxes = 16
        /// How many buttons there may be.
        public static let maximumButtons = 32
        /// An axis or a button that is nearer to 0 is let go, even if it does not come back to 0
        /// itself, as worn ones do not.
        static let restingBelow = 0.1

        /// Which one, 0 to 15.
        public let index: Int
        /// Where the axes are, -1 to 1 each, as in `Gamepad.axes` (W3C Gamepad). At most 16.
        public let axes: [Double]
        /// How far the buttons are pressed, 0 to 1 each, as in `GamepadButton.value` (W3C
        /// Gamepad). At most 32.
        public let buttons: [Double]

        /// What is held on a gamepad.
        ///
        /// - Parameters:
        ///   - index: which one, 0 to 15.
        ///   - axes: at most 16; what is beyond -1 or 1 is taken for that, since some drivers go a
        ///     little further.
        ///   - buttons: at most 32, 0 to 1 each.
        /// - Throws: ``InputError`` for too many, and for a number that is not finite or out of
        ///   range.
        public init(index: Int, axes: [Double], buttons: [Double]) throws(InputError) {
            try InputError.check(index, member: "index", allowed: Self.indices)
            try InputError.check(count: axes.count, member: "axes", most: Self.maximumAxes)
            try InputError.check(count: buttons.count, member: "buttons", most: Self.maximumButtons)
            for (place, axis) in axes.enumerated() where !axis.isFinite {
                throw .notFinite(member: "axes[\(place)]", allowed: -1...1)
            }
            for (place, button) in buttons.enumerated() {
                try InputError.check(button, member: "buttons[\(place)]", allowed: 0...1)
            }
            self.init(known: index, axes: axes.map { min(1, max(-1, $0)) }, buttons: buttons)
        }

        /// For numbers that have been checked before.
        private init(known index: Int, axes: [Double], buttons: [Double]) {
            self.index = index
            self.axes = axes
            self.buttons = buttons
        }
    }
}

extension InputEvent.Gamepad: HeldState {
    var isAtRest: Bool { axes.allSatisfy { $0 == 0 } && buttons.allSatisfy { $0 == 0 } }

    var atRest: Self { Self(known: index, axes: axes.map { _ in 0 }, buttons: buttons.map { _ in 0 }) }

    func lettingGo(as next: Self) -> Self? {
        let kept = Self(
            known: index, axes: Self.lettingGo(of: axes, as: next.axes),
            buttons: Self.lettingGo(of: buttons, as: next.buttons))
        return kept == self ? nil : kept
    }

    /// The values, with those that are let go as they are next.
    private static func lettingGo(of values: [Double], as next: [Double]) -> [Double] {
        values.enumerated().map { place, value in
            let new = place < next.count ? next[place] : 0
            return abs(value) >= restingBelow && abs(new) < restingBelow ? new : value
        }
    }
}
