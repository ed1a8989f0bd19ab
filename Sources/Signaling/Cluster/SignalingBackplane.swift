/// Joins the signaling servers of one cluster: what one says reaches the others.
///
/// It keeps the order of what one node says to another, delivers nothing twice, and may lose what
/// was under way when a connection broke: whoever is ``BackplaneEvent/connected`` again reconciles.
/// What it carries is to be trusted, for the nodes believe each other; whoever can write to it is
/// whoever he likes to be.
public protocol SignalingBackplane: Sendable {
    /// Joins, once.
    ///
    /// - Parameters:
    ///   - node: the name by which others reach this node, of letters, digits, `-`, `.` and `_`.
    ///   - receive: is called in order, on one thread at a time, and returns at once.
    /// - Throws: `.invalidConfiguration` for settings that can never work; not because the others
    ///   are out of reach, which ``BackplaneEvent/degraded(_:)`` says.
    func join(
        as node: String, _ receive: @escaping @Sendable (BackplaneEvent) -> Void
    ) async throws(SignalingError)
    /// Says something. May be called from any thread; keeps the order of each one's calls, and
    /// returns at once.
    ///
    /// - Parameters:
    ///   - bytes: up to 2 MiB.
    ///   - node: whom to; nil for all others.
    /// - Returns: false where it cannot be said now: the others are out of reach, or too much
    ///   waits.
    func send(_ bytes: [UInt8], to node: String?) -> Bool
    /// Leaves; returns when nothing is received any more.
    func leave() async
}

/// What a ``SignalingBackplane`` tells.
public enum BackplaneEvent: Sendable, Hashable {
    /// What others say arrives from here on.
    case connected
    /// The others are out of reach, with the reason for people. ``connected`` follows when they are
    /// back.
    case degraded(String)
    /// What another node said.
    case message([UInt8])
    /// What this node said, to one or all, has reached nobody, or may not have, as the connection
    /// broke; for backplanes that know.
    case undelivered([UInt8])
}
