/// Who is registered in the mesh dialect.
struct MeshMembers {
    struct Peer {
        var socket: SignalingServerCore.SocketID
        var registration: Registration
        /// Peers are listed in the order in which they came.
        var order: Int
    }

    /// By the keys of their ids: clients spell the same one differently.
    var peers: [String: Peer] = [:]
    var leader: String?
    var lastOrder = 0
    /// Grows with each change of the list.
    var version = 0
    /// Who left last, so that a message to one of them is told from one to somebody who never was
    /// there.
    var departed: [String] = []

    static let departedLimit = 256
}
