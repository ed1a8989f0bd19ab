extension MeshCore {
    /// Whether a peer is one of the mesh over that link, and may write the shared state there.
    package func isOpen(_ link: UInt64, to peer: PeerID) -> Bool {
        peers[peer]?.openLink == link
    }
}
