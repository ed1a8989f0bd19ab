/// What is behind a path, as the rules of access tell them apart.
public enum RouteClass: String, Sendable, Hashable, CaseIterable {
    /// Signaling in the mesh dialect.
    case mesh
    /// Signaling in rooms.
    case rooms
    /// Signaling of calls.
    case calls
    /// Credentials for TURN servers.
    case turn
    /// Sessions, and requests over HTTP to the same handler.
    case sessions
    /// Streamers and their watchers.
    case streamers
    /// Streams that come in by WHIP (RFC 9725).
    case whip
    /// Streams that go out by WHEP.
    case whep
    /// A mesh node's surface for pages.
    case api
    /// Whether the server lives, and takes more.
    case health
    /// What it counts.
    case metrics
    /// Pages, scripts and the description of the interface.
    case pages
}
