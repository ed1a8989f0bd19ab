package import Signaling

extension PeerType {
    /// The device score (`priority_type` in Docs/Mesh.md): the larger leads.
    package var score: Int {
        switch self {
        case .controller: 2
        case .display: 1
        }
    }
}
