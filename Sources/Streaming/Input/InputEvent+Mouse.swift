extension InputEvent {
    /// Where the mouse is, and what is held on it.
    public struct Mouse: Sendable, Hashable {
        /// From where to where a place may be, and how far a wheel may turn at once.
        public static let range = -65_536.0...65_536.0

        /// The place from the left, -65536 to 65536. In what unit is between the page and the
        /// source: parts of the picture (0 to 1) fit watchers that see it in different sizes,
        /// better than pixels.
        public let x: Double
        /// The place from the top, in the unit of ``x``.
        public let y: Double
        /// What is held, a bit for each button as in `MouseEvent.buttons` (UI Events): 1 the
        /// primary one, 2 the secondary one, 4 the auxiliary one. 0 to 65535.
        public let buttons: UInt16
        /// How far the wheel has been turned since the last event, down is positive, -65536 to
        /// 65536.
        public let wheel: Double

        /// Where the mouse is, and what is held on it.
        ///
        /// - Parameters:
        ///   - x: the place from the left, -65536 to 65536.
        ///   - y: the place from the top, -65536 to 65536.
        ///   - buttons: a bit for each that is held.
        ///   - wheel: how far the wheel has been turned since the last event, -65536 to 65536.
        /// - Throws: ``InputError`` for a number that is not finite or out of range.
        public init(x: Double, y: Double, buttons: UInt16 = 0, wheel: Double = 0) throws(InputError) {
            try InputError.check(x, member: "x", allowed: Self.range)
            try InputError.check(y, member: "y", allowed: Self.range)
            try InputError.check(wheel, member: "wheel", allowed: Self.range)
            self.init(knownX: x, knownY: y, buttons: buttons, wheel: wheel)
        }

        /// For numbers that have been checked before.
        private init(knownX: Double, knownY: Double, buttons: UInt16, wheel: Double) {
            x = knownX
            y = knownY
            self.buttons = buttons
            self.wheel = wheel
        }
    }
}

extension InputEvent.Mouse: HeldState {
    var isAtRest: Bool { buttons == 0 }

    var atRest: Self { Self(knownX: x, knownY: y, buttons: 0, wheel: 0) }

    func lettingGo(as next: Self) -> Self? {
        let kept = buttons & next.buttons
        return kept == buttons ? nil : Self(knownX: next.x, knownY: next.y, buttons: kept, wheel: 0)
    }
}
