/// How nodes of one application find each other.
package protocol PeerDiscovery: Sendable {
    /// Looks until `stop()`, and reports what it sees.
    func browse(_ report: @Sendable (DiscoveryReport) async -> Void) async
    /// Announces this node's server, in place of what was announced before. Returns what a person
    /// should know about it.
    func advertise(name: String, port: UInt16, txt: [String: String]) async -> String?
    /// Withdraws the announcement and ends `browse`; returns when the announcement is gone.
    func stop() async
}

/// What discovery reports.
package enum DiscoveryReport: Sendable, Hashable {
    /// A service appeared or changed.
    case seen(name: String, txt: [String: String], endpoint: ServerEndpoint)
    case lost(name: String)
    /// Something a person should know.
    case notice(String)
}
