/// Which sections of a description are on which transport.
///
/// A transport is known by a number that no other of the connection ever has: sections come and go,
/// and so do ICE's credentials, while it stays.
struct TransportTable: Sendable, Hashable {
    /// A transport, and the tags of its sections: first that of the section which speaks for it
    /// (RFC 9143 §7).
    struct Entry: Sendable, Hashable {
        let id: Int
        var mids: [String]

        /// The tag of the section that has the transport's attributes and candidates.
        var tag: String { mids[0] }
    }

    /// In the order in which they were added.
    private(set) var entries: [Entry] = []
    private var ids: [String: Int] = [:]

    /// The transport of the section with this tag.
    func id(ofMid mid: String) -> Int? { ids[mid] }

    /// The transport with this number.
    subscript(id: Int) -> Entry? { entries.first { $0.id == id } }

    /// Puts sections on a transport, behind those that are there.
    mutating func add(_ mids: [String], to id: Int) {
        guard !mids.isEmpty else { return }
        for mid in mids { ids[mid] = id }
        if let index = entries.firstIndex(where: { $0.id == id }) {
            entries[index].mids += mids
        } else {
            entries.append(Entry(id: id, mids: mids))
        }
    }
}
