import Mesh

/// Who is meant by a name that somebody typed: the whole name counts before its beginning, and a
/// name before an id.
enum PeerSearch: Equatable {
    case found(MeshPeer)
    /// More than one it may be; their names, for people.
    case several(String)
    case nobody

    init(_ name: String, in peers: [MeshPeer]) {
        let wanted = name.lowercased()
        let ways: [(MeshPeer) -> Bool] = [
            { $0.displayName == name },
            { $0.displayName.lowercased() == wanted },
            { $0.displayName.lowercased().hasPrefix(wanted) },
            { $0.id.text.lowercased().hasPrefix(wanted) },
        ]
        for isMeant in ways {
            let found = peers.filter(isMeant)
            if found.count == 1 {
                self = .found(found[0])
                return
            }
            if !found.isEmpty {
                let names = found.prefix(8).map { "\($0.displayName) (\($0.id.text.prefix(8)))" }
                self = .several(names.joined(separator: " or ") + (found.count > 8 ? " or others" : ""))
                return
            }
        }
        self = .nobody
    }
}
