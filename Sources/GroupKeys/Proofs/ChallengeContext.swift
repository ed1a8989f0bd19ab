/// Between whom a challenge is, and over what.
public struct ChallengeContext: Sendable, Hashable {
    /// The longest id, in bytes of UTF-8.
    public static let longestID = 128

    let server: String
    let client: String
    let binding: ChannelBinding

    /// - Parameters:
    ///   - server: The id of the node that the client means to register at; its case does not
    ///     count.
    ///   - client: The id that the client registers with; its case does not count.
    ///   - binding: What both see of the connection.
    /// - Throws: `malformed` for an id that is empty or longer than 128 bytes.
    public init(server: String, client: String, binding: ChannelBinding) throws(GroupKeyError) {
        for id in [server, client] where !(1...Self.longestID).contains(id.utf8.count) {
            throw GroupKeyError(.malformed, "an id has 1 to \(Self.longestID) bytes")
        }
        self.server = server.lowercased()
        self.client = client.lowercased()
        self.binding = binding
    }

    /// Who proves.
    enum Side: String {
        case server = "mesh challenge: the server has the key"
        case client = "mesh challenge: the client has the key"
    }

    /// What a side proves. Each side has its own label, so that neither can be shown its own proof.
    func transcript(of side: Side, client clientNonce: Nonce, server serverNonce: Nonce) -> Transcript {
        var transcript = Transcript(side.rawValue)
        transcript.add(clientNonce.bytes)
        transcript.add(serverNonce.bytes)
        transcript.add(client)
        transcript.add(server)
        transcript.add(binding.kind)
        transcript.add(binding.value)
        return transcript
    }
}
