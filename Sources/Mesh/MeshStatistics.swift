public import SharedState

/// Figures of a running ``MeshNode``.
public struct MeshStatistics: Sendable, Hashable, Codable {
    /// Texts given to ``MeshNode/send(_:to:)``, counted once for each peer that got them.
    public var textsSent = 0
    /// Texts received.
    public var textsReceived = 0
    /// Messages and announcements that were not understood, and dropped.
    public var ignored = 0
    /// What was kept out because it is not of this node's group: announcements, servers,
    /// registrations and descriptions of links.
    public var keptOut = 0
    /// What the shared state holds, and what came to it.
    public var state = StateStatistics()
    /// One entry for each open link.
    public var links: [Link] = []

    /// Figures of the connection to one peer.
    public struct Link: Sendable, Hashable, Codable {
        /// The peer.
        public var peer: MeshPeer
        /// Bytes of the transport, both ways.
        public var bytesSent: UInt64
        /// Bytes of the transport, both ways.
        public var bytesReceived: UInt64
        /// The round trip in milliseconds, if it was measured.
        public var roundTripMilliseconds: Double?
        /// Bytes that wait in the data channel.
        public var bufferedAmount: Int
    }
}
