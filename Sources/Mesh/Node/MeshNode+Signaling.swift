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
        spawn {
            let isReachable = await NodeClient.lists(
                peer, at: urls, as: own, logger: self.configuration.logger)
            await self.take(.probed(peer, isReachable: isReachable))
        }
    }

    /// Connects to the first server that answers, and reads it to its end.
    private func runSignaling(_ attempt: UInt64, urls: [String]) async {
        var reason = "no address is known"
        for url in urls where !Task.isCancelled {
            do throws(MeshError) {
                let connection = try await NodeClient(url: url, as: core.configuration, logger: configuration.logger)
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
            }
        }
        guard !Task.isCancelled else { return }
        configuration.logger.debug("signaling ended", metadata: ["reason": "\(reason)"])
        take(.signalingLost(attempt: attempt, reason: reason))
    }

    private func read(_ connection: NodeClient, _ attempt: UInt64) async -> String {
        await connection.read { signal in
            await self.take(.signal(attempt: attempt, signal))
        }
    }

    /// Sends over the server in use; without one the link's attempt ends by its timeout.
    func signal(_ signal: SignalingPayload, to peer: PeerID) async {
        guard let client else { return }
        await client.connection.send(signal, to: peer, from: id)
    }
}
