/// Who gets in: the one table of it.
public struct AccessTable: Sendable, Hashable {
    /// What a request needs.
    public enum Requirement: Sendable, Hashable {
        /// Nothing.
        case open
        /// A token.
        case token
        /// A token with this word in its `scope` (RFC 8693 §4.2).
        case scope(String)
    }

    /// Whether the server is bound to a loopback address.
    public var isOnLoopback: Bool
    /// What is open on other addresses too. Of calls, TURN credentials and metrics it says nothing:
    /// those are never opened by it.
    public var open: Set<RouteClass>

    /// A table.
    ///
    /// - Parameters:
    ///   - isOnLoopback: whether the server is bound to a loopback address.
    ///   - open: what is open on other addresses too.
    public init(isOnLoopback: Bool, open: Set<RouteClass> = []) {
        self.isOnLoopback = isOnLoopback
        self.open = open
    }

    /// What a request for this needs.
    public func requirement(for route: RouteClass) -> Requirement {
        let isOpen = isOnLoopback || open.contains(route)
        return switch route {
        case .mesh, .health, .pages: .open
        case .calls, .turn: .token
        case .rooms: isOpen ? .open : .token
        case .sessions: isOpen ? .open : .scope("call")
        case .streamers, .whep: isOpen ? .open : .scope("watch")
        case .whip: isOpen ? .open : .scope("publish")
        case .api: isOpen ? .open : .scope("api")
        case .metrics: isOnLoopback ? .open : .scope("metrics")
        }
    }
}
