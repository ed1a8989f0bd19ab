/// How often a group's passphrase may be tried: a few times from an address, and some times in all.
///
/// An attempt counts when it begins, for with it the guess is made; ``forgive(_:)`` gives back one
/// that was right. While all are used up, nobody gets in by the passphrase, members' own devices
/// included: the key still lets them in, by its words or its QR code.
public struct AttemptLimit: Sendable {
    /// The limits.
    public struct Settings: Sendable, Hashable {
        /// Attempts from one address in `window`.
        public var perAddress = 5
        /// Attempts from everywhere in `window`.
        public var inAll = 30
        /// How long an attempt counts.
        public var window = Duration.seconds(600)

        /// Five from an address and thirty in all, in ten minutes.
        public init() {}
    }

    private let settings: Settings
    /// The attempts that count, the first first; never more than `inAll`.
    private var attempts: [(address: String, at: Duration)] = []

    /// Nobody has tried.
    public init(_ settings: Settings = Settings()) { self.settings = settings }

    /// Takes an attempt.
    ///
    /// - Parameters:
    ///   - address: Where it comes from, without the port. Of an IPv6 address give the first 64
    ///     bits: whoever has one has the others.
    ///   - now: The time, on any clock that does not go back.
    /// - Throws: `tooManyAttempts`, which says when another one is taken.
    public mutating func take(from address: String, now: Duration) throws(GroupKeyError) {
        let address = String(address.prefix(64))
        attempts.removeAll { now - $0.at >= settings.window }
        let own = attempts.filter { $0.address == address }
        if own.count >= settings.perAddress { throw refusal("from this address", own.first?.at, now) }
        if attempts.count >= settings.inAll { throw refusal("in all", attempts.first?.at, now) }
        attempts.append((address, now))
    }

    /// Gives back the last attempt from an address, which was right.
    public mutating func forgive(_ address: String) {
        let address = address.prefix(64)
        guard let index = attempts.lastIndex(where: { $0.address == address }) else { return }
        attempts.remove(at: index)
    }

    private func refusal(_ place: String, _ first: Duration?, _ now: Duration) -> GroupKeyError {
        let left = settings.window - (now - (first ?? now))
        return GroupKeyError(
            .tooManyAttempts,
            "the passphrase was tried too often \(place); another attempt is taken in \(left.components.seconds + 1) s")
    }
}
