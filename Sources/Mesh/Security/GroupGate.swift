package import GroupKeys
package import Signaling

/// Lets members of the group into a node's mesh, and hands the key to who knows its passphrase; the
/// server's end of `challenge` and `response` (Docs/Mesh-Security.md).
package struct GroupGate: RegistrationGate {
    /// Who came in vain.
    package enum Refused: Sendable, Hashable {
        /// Somebody who did not prove that it has the key.
        case stranger(address: String)
        /// Somebody who tried a wrong passphrase, or too many.
        case guess(address: String)
    }

    private enum Visit: Sendable {
        case challenged(ServerChallenge, peer: String)
        case joining(PassphraseOffer)
        case admitted
    }

    private let key: GroupKey
    private let passphrase: GroupPassphrase?
    private let server: PeerID
    private let report: @Sendable (Refused) -> Void
    private var visits: [SignalingSocketID: (visit: Visit, address: String)] = [:]
    private var attempts = AttemptLimit()

    /// - Parameters:
    ///   - key: The group's key.
    ///   - passphrase: By which it is handed over; nil where it is not.
    ///   - server: The node whose server it is.
    ///   - report: Told of who came in vain, on the server's event loop; it has to be quick.
    package init(
        key: GroupKey, passphrase: GroupPassphrase?, server: PeerID, report: @escaping @Sendable (Refused) -> Void
    ) {
        self.key = key
        self.passphrase = passphrase
        self.server = server
        self.report = report
    }

    package mutating func receive(
        _ message: SignalingMessage, from socket: SignalingSocket, now: Duration
    ) throws(SignalingRefusal) -> RegistrationPassage {
        do throws(GroupKeyError) {
            if message.type == "response" { return try takeResponse(message, from: socket, now: now) }
            guard visits[socket.id] == nil else {
                throw GroupKeyError(.stale, "a connection has one challenge; connect again for another")
            }
            let context = try context(message, socket)
            if let share = message["share"] { return try join(share, context, from: socket, now: now) }
            guard let nonce = message["nonce"].flatMap({ Nonce($0) }) else {
                throw GroupKeyError(.malformed, "a challenge has a nonce, or a share, of hexadecimal digits")
            }
            let challenge = ServerChallenge(key: key, context: context, nonce: nonce, now: now)
            visits[socket.id] = (.challenged(challenge, peer: message["peer_id"] ?? ""), socket.address ?? "")
            return RegistrationPassage(
                answer: SignalingMessage(
                    type: "challenge",
                    ["nonce": challenge.nonce.text, "proof": challenge.proof.text, "peer_id": server.text]))
        } catch {
            visits[socket.id] = nil
            throw refusal(error, socket)
        }
    }

    private func context(
        _ message: SignalingMessage, _ socket: SignalingSocket
    ) throws(GroupKeyError) -> ChallengeContext {
        guard let host = address(socket), let id = message["peer_id"], PeerID(id) != nil else {
            throw GroupKeyError(.malformed, "a challenge has the peer_id of who is to register, a UUID")
        }
        return try ChallengeContext(server: server.text, client: id, binding: .address(host))
    }

    /// What the client has to have called: the name that its request has, which is one of this
    /// server's, and the port that it has come to, whatever its request says.
    private func address(_ socket: SignalingSocket) -> String? {
        guard let host = socket.host else { return nil }
        guard let port = socket.port else { return host }
        let name = host.last == "]" ? host[...] : host[..<(host.lastIndex(of: ":") ?? host.endIndex)]
        return port == 80 ? String(name) : "\(name):\(port)"
    }

    private mutating func join(
        _ share: String, _ context: ChallengeContext, from socket: SignalingSocket, now: Duration
    ) throws(GroupKeyError) -> RegistrationPassage {
        guard let passphrase else {
            throw GroupKeyError(.invalidPassphrase, "this group has no passphrase; its words or its QR code let you in")
        }
        try attempts.take(from: socket.address ?? "", now: now)
        let offer = try PassphraseOffer(key, passphrase, context: context, share: share, now: now)
        visits[socket.id] = (.joining(offer), socket.address ?? "")
        return RegistrationPassage(
            answer: SignalingMessage(type: "challenge", ["share": offer.share, "peer_id": server.text]))
    }

    private mutating func takeResponse(
        _ message: SignalingMessage, from socket: SignalingSocket, now: Duration
    ) throws(GroupKeyError) -> RegistrationPassage {
        guard let proof = message["proof"].flatMap({ Proof($0) }) else {
            throw GroupKeyError(.malformed, "a response has a proof of 64 hexadecimal digits")
        }
        switch visits[socket.id]?.visit {
        case .challenged(var challenge, let peer):
            try challenge.verify(proof, now: now)
            visits[socket.id]?.visit = .admitted
            return RegistrationPassage(admitted: peer)
        case .joining(var offer):
            let (own, sealed) = try offer.accept(proof, now: now)
            attempts.forgive(socket.address ?? "")
            visits[socket.id]?.visit = .admitted
            return RegistrationPassage(
                answer: SignalingMessage(type: "response", ["proof": own.text, "key": sealed]))
        case .admitted, nil: throw GroupKeyError(.stale, "a response answers a challenge")
        }
    }

    /// Everything that is wrong here ends the connection: who has the key makes no mistakes.
    private func refusal(_ error: GroupKeyError, _ socket: SignalingSocket) -> SignalingRefusal {
        let address = socket.address ?? ""
        var code = ErrorMessage.Code.unauthorized
        switch error.code {
        case .tooManyAttempts:
            code = ErrorMessage.Code.rateLimited
            report(.guess(address: address))
        case .wrongPassphrase: report(.guess(address: address))
        default: report(.stranger(address: address))
        }
        return SignalingRefusal(code, error.message, close: .init(1008, "not let into the group"))
    }

    package func turnedAway(_ socket: SignalingSocket) { report(.stranger(address: socket.address ?? "")) }

    /// Who goes in the midst of it may be a member who has found a better leader: that is not told.
    package mutating func leave(_ socket: SignalingSocketID) { visits[socket] = nil }

    package mutating func overdue(now: Duration) -> [SignalingSocketID] {
        let late = visits.filter { _, visitor in
            switch visitor.visit {
            case .challenged(let challenge, _): now >= challenge.deadline
            case .joining(let offer): now >= offer.deadline
            case .admitted: false
            }
        }
        for visitor in late.values { report(.stranger(address: visitor.address)) }
        return late.keys.sorted()
    }
}
