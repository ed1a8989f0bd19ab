/// Where a replica keeps what it holds, so that it is there when the node is started anew.
public protocol StateStorage: Sendable {
    /// All that is stored. What cannot be read is left out, and reported; this never fails, for a
    /// node that has lost its file has peers.
    func load() async -> StoredState
    /// Stores all of these, or none.
    ///
    /// - Throws: when it cannot be, for now or for good; it is called again with the same, and what
    ///   has come meanwhile.
    func save(_ records: [StateRecord]) async throws(StateStorageError)
    /// Lets go of the file. Nothing is called after that.
    func close() async
}
