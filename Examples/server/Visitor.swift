import Logging
import WebRTC

/// Serves one visitor: what comes on a channel goes back on it.
func serve(_ connection: PeerConnection, id: String, logger: Logger) async {
    await withTaskGroup { tasks in
        tasks.addTask {
            for await channel in connection.dataChannels {
                Task {
                    do {
                        for try await message in channel.messages { try await channel.send(message) }
                    } catch {
                        logger.info("a channel has ended", metadata: ["id": "\(id)", "reason": "\(error)"])
                    }
                }
            }
        }
        // Closed by either side, failed, or never connected: whatever it was, the connection is let
        // go of.
        let ending = await connection.ended(ifNotConnectedWithin: .seconds(30))
        logger.info("a visitor has left", metadata: ["id": "\(id)", "reason": "\(ending)"])
        connection.close()
        await tasks.waitForAll()
    }
}
