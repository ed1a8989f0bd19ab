/// What a node of the mesh is for (`peer_type` in PROTOCOLS §1).
public enum PeerKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Steers; becomes leader before any display.
    case controller
    /// Shows.
    case display

    /// The device score (`priority_type`): the larger leads.
    package var score: Int {
        switch self {
        case .controller: 2
        case .display: 1
        }
    }
}
