extension InputEvent {
    /// A key that goes down or up.
    public struct Key: Sendable, Hashable {
        /// The longest code, in bytes of UTF-8.
        public static let maximumCodeBytes = 64

        /// The place of the key on the keyboard, as browsers name it in `KeyboardEvent.code` (UI
        /// Events KeyboardEvent code Values): `KeyA`, `ShiftLeft`. 1 to 64 bytes.
        public let code: String
        /// Whether it goes down; else it goes up.
        public let down: Bool

        /// A key that goes down or up.
        ///
        /// - Parameters:
        ///   - code: the place of the key, 1 to 64 bytes of UTF-8.
        ///   - down: whether it goes down.
        /// - Throws: ``InputError/length(member:found:allowed:)`` for a code that is empty or
        ///   longer.
        public init(code: String, down: Bool) throws(InputError) {
            let allowed = 1...Self.maximumCodeBytes
            guard allowed.contains(code.utf8.count) else {
                throw .length(member: "code", found: code.utf8.count, allowed: allowed)
            }
            self.init(known: code, down: down)
        }

        /// For a code that has been checked before.
        init(known code: String, down: Bool) {
            self.code = code
            self.down = down
        }
    }
}
