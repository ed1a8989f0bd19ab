internal import Logging
internal import WebRTC

extension MeshNode {
    func connectSignaling(_ attempt: UInt64, urls: [String]) {
        let task = spawn { await self.runSignaling(attempt, urls: urls) }
        signalingTask = (attempt, task)
    }

    func disconnectSignaling(_ attempt: UInt64) {
        if let signalingTask, signalingTask.attempt == attempt { cancel(signalingTask.task) }
        if let client, client.attempt == attempt { self.client = nil }
    }

    func probe(_ peer: PeerID, urls: [String]) {
        let own = core.configuration
        let entrance = self.entrance(to: peer)
        spawn {
            let (isReachable, refusal) = await NodeClient.lists(
                peer, at: urls, as: own, entrance: entrance, logger: self.configuration.logger)
            if let refusal { await self.note(.server(peer, reason: refusal)) }
            await self.take(.probed(peer, isReachable: isReachable))
        }
    }

    /// Connects to the first server that answers, and reads it to its end.
    private func runSignaling(_ attempt: UInt64, urls: [String]) async {
        var reason = "no address is known"
        let server = signalingServer
        let entrance = self.entrance(to: server)
        for url in urls where !Task.isCancelled {
            do throws(MeshError) {
                let connection = try await NodeClient(
                    url: url, as: core.configuration, entrance: entrance, logger: configuration.logger)
                guard !Task.isCancelled else {
                    await connection.close()
                    return
                }
                client = (attempt, connection)
                take(.signalingConnected(attempt: attempt))
                reason = await read(connection, attempt)
                if client?.attempt == attempt { client = nil }
                await connection.close()
                break
            } catch {
                reason = error.message
                if error.code == .notOfGroup { note(.server(server, reason: error.message)) }
            }
        }
        guard !Task.isCancelled else { return }
        configuration.logger.debug("signaling ended", metadata: ["reason": "\(reason)"])
        take(.signalingLost(attempt: attempt, reason: reason))
    }

    private func read(_ connection: NodeClient, _ attempt: UInt64) async -> String {
        await connection.read { signal, seal in
            self.take(signal, seal, attempt: attempt)
        }
    }

    /// What another node says, unless it is a description that is not believed.
    private func take(_ signal: SignalReceived, _ seal: LinkSeal?, attempt: UInt64) {
        switch linkGuard?.judge(signal, seal) {
        case .believed, nil: take(.signal(attempt: attempt, signal))
        case .late: configuration.logger.debug("an answer to an older offer is passed over")
        case .refused(let peer, let reason): note(.link(peer, reason: reason))
        }
    }

    /// The node at whose server this one is to register; nil for a given server, which may be
    /// anybody's.
    private var signalingServer: PeerID? {
        switch core.signaling.target {
        case .own: id
        case .peer(let peer): peer
        case .given, nil: nil
        }
    }

    /// What a server has to prove; nil where there is no key.
    private func entrance(to server: PeerID?) -> GroupEntrance? {
        configuration.groupKey.map { GroupEntrance(key: $0, server: server, own: id) }
    }

    /// Sends over the server in use; without one the link's attempt ends by its timeout.
    func signal(_ signal: SignalingPayload, to peer: PeerID) async {
        guard let client else { return }
        let seal = linkGuard?.seal(signal, to: peer)
        await client.connection.send(signal, seal, to: peer, from: id)
    }
}
