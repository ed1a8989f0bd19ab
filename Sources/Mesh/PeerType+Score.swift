package import Signaling

extension PeerType {
    /// The device score (`priority_type` in PROTOCOLS §1): the larger leads.
    package var score: Int {
        switch self {
        case .controller: 2
        case .display: 1
        }
    }
}
