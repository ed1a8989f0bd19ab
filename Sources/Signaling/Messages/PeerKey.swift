extension String {
    /// What an id of the mesh dialect is compared by: a UUID is spelled in upper or in lower case.
    var peerKey: String { lowercased() }
}
