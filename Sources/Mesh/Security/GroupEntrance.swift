internal import GroupKeys
internal import Signaling

/// A node's end of the challenge at another node's server.
struct GroupEntrance: Sendable {
    /// How long a server has to prove that it has the key.
    static let patience = Duration.seconds(5)

    private let key: GroupKey
    private let server: PeerID?
    private let own: PeerID

    /// - Parameter server: The node whose server it is to be; nil for a server that was given,
    ///   which may be any member's, or none's: then nothing is proven, and links are all the same.
    init(key: GroupKey, server: PeerID?, own: PeerID) {
        self.key = key
        self.server = server
        self.own = own
    }

    /// Is proven to, and proves.
    ///
    /// - Parameter client: A connection on which nothing has been said.
    /// - Throws: `.notOfGroup` when the server does not have the key, or is another node's;
    ///   `.signalingFailed` when the connection ends.
    func pass(_ client: DialectClient<NodeDialect>) async throws(MeshError) {
        let start = ContinuousClock.now
        let timer = Task {
            guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
            await client.close()
        }
        defer { timer.cancel() }
        do {
            try await prove(client)
        } catch  where Task.isCancelled {
            throw MeshError(.signalingFailed, "the connection is not needed any more")
        } catch is Ended {
            guard ContinuousClock.now - start < Self.patience else {
                throw MeshError(.notOfGroup, "the server has not answered the challenge of the group's key")
            }
            throw MeshError(.signalingFailed, "the connection ended before the server had proven the group's key")
        } catch let error as GroupKeyError {
            throw MeshError(.notOfGroup, error.message)
        } catch let error as SignalingError {
            throw MeshError(.signalingFailed, error.message)
        } catch let error as MeshError {
            throw error
        } catch {
            throw MeshError(.signalingFailed, "\(error)")
        }
    }

    private func prove(_ client: DialectClient<NodeDialect>) async throws {
        var challenge = ClientChallenge(key: key)
        try await client.send(
            .challenge(
                SignalingMessage(type: "challenge", ["peer_id": own.text, "nonce": challenge.nonce.text])))
        for try await message in client.messages {
            switch message {
            case .challenge(let answer):
                guard let nonce = answer["nonce"].flatMap({ Nonce($0) }),
                    let proof = answer["proof"].flatMap({ Proof($0) })
                else { throw GroupKeyError(.malformed, "the server's challenge has no nonce and proof") }
                let context = try ChallengeContext(
                    server: server?.text ?? answer["peer_id"] ?? "", client: own.text,
                    binding: .address(client.host))
                let response = try challenge.respond(to: nonce, proof: proof, in: context)
                return try await client.send(
                    .response(SignalingMessage(type: "response", ["peer_id": own.text, "proof": response.text])))
            case .mesh(.error(let error), _):
                let isOpen = [ErrorMessage.Code.unknownType, ErrorMessage.Code.notRegistered].contains(error.code)
                if isOpen, server == nil { return }
                throw MeshError(
                    isOpen ? .notOfGroup : .signalingFailed,
                    isOpen ? "the server knows of no key" : "the server says: \(error.message)")
            case .mesh, .response:
                throw GroupKeyError(.wrongProof, "the server does not prove that it has the group's key")
            }
        }
        throw Ended()
    }

    /// The connection ended, which a server that goes does, too.
    private struct Ended: Error {}
}
