internal import AsyncQueues
internal import Foundation
internal import ICE
internal import Signaling
internal import Streaming
internal import StrictJSON
internal import Synchronization
internal import WebRTC

/// A watcher's WebSocket, `/api/streamers/{id}/peer`: who opens it gets a connection of its own,
/// and hears how the stream stands; who closes it is gone, and lets go of what it pressed.
struct PeerSocket: Sendable {
    /// How many bad messages in a row end the socket.
    private static let mostBad = 5

    let service: StreamService
    let stream: StreamService.Stream
    let name: String
    let owner: StreamOwner
    let iceServers: [ICEServer]
    let socket: TextSocket

    func run() async {
        let peerID = UUID().uuidString.lowercased()
        let welcome = SignalingMessage(
            type: "welcome",
            members: [
                "peer_id": .string(peerID),
                "ice_servers": .iceServers(iceServers),
            ])
        tell(welcome)
        if let process = stream.process {
            await run(as: peerID, welcome, in: process)
        } else {
            await run(as: peerID)
        }
    }

    @Sendable private func tell(_ message: SignalingMessage) { socket.send(message.bytes) }

    // MARK: Of a stream that is here

    private func run(as peerID: String) async {
        let place = Place()
        let dialogue = PeerDialogue(
            of: stream.streamer, gatheringTime: service.settings.gatheringTime, send: tell)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow(place, dialogue, peerID) }
            group.addTask {
                await self.hear { message throws(SignalingRefusal) in try await dialogue.receive(message) }
            }
            // Whichever is over first: the socket, or the stream.
            await group.next()
            group.cancelAll()
            socket.close(code: 1000, reason: "the stream is over")
        }
        if let session = await place.session { await service.end(session) }
    }

    /// What the socket has, once the stream is live.
    private actor Place {
        private(set) var session: StreamSession?

        func set(_ session: StreamSession) { self.session = session }
    }

    /// Says how the stream stands, and begins to show it when it is live.
    private func follow(_ place: Place, _ dialogue: PeerDialogue, _ peerID: String) async {
        await withTaskGroup(of: Void.self) { group in
            var hasBegun = false
            for await status in service.statuses(of: stream) {
                tell(.state(status))
                guard status.word == .live, !hasBegun else { continue }
                hasBegun = true
                do throws(GatewayFailure) {
                    let session = try await service.join(name, stream, owner, as: peerID)
                    await place.set(session)
                    group.addTask { [self] in
                        try? await dialogue.run(on: session.connection, as: session.id)
                        // Where the stream is over, that is said first.
                        guard await !service.isOver(name, stream.number) else { return }
                        // Its connection is closed: it did not come up, failed, or was ended.
                        socket.close(code: 1000, reason: "the connection is over")
                    }
                } catch {
                    tell(.error(SignalingRefusal(error.code, error.message)))
                    socket.close(code: 1013, reason: error.code)
                    break
                }
            }
            group.cancelAll()
        }
    }

    // MARK: Of a stream that has a process of its own

    private func run(as peerID: String, _ welcome: SignalingMessage, in process: StreamerProcess) async {
        let bad = Mutex(0)
        do throws(SignalingRefusal) {
            try await process.add(peerID, welcome: welcome) { [self] message in
                tell(message)
                let code = message.type == "error" ? message["code"] : nil
                if code == PeerDialogue.connectionOver {
                    return socket.close(code: 1000, reason: "the connection is over")
                }
                // What is wrong with a message only the program can say.
                let isBad = code == ErrorMessage.Code.unknownType || code == ErrorMessage.Code.invalidMessage
                let count = bad.withLock { count in
                    count = isBad ? count + 1 : 0
                    return count
                }
                if count >= Self.mostBad { socket.close(code: 1008, reason: "\(count) bad messages in a row") }
            }
        } catch {
            tell(.error(error))
            return socket.close(code: 1013, reason: error.code)
        }
        await service.add(socket, as: peerID, to: stream)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await status in service.statuses(of: stream) { tell(.state(status)) }
            }
            group.addTask {
                await self.hear { message throws(SignalingRefusal) in try await process.take(message, from: peerID) }
            }
            await group.next()
            group.cancelAll()
            socket.close(code: 1000, reason: "the stream is over")
        }
        await process.remove(peerID)
        await service.removeSocket(peerID, of: stream)
    }

    // MARK: Messages

    /// Takes what comes until the socket ends.
    private func hear(_ take: (SignalingMessage) async throws(SignalingRefusal) -> Void) async {
        var bad = 0
        for await event in socket.events {
            do throws(SignalingRefusal) {
                switch event {
                case .text(let bytes): try await take(try SignalingMessage(parsing: bytes))
                case .refused(let refusal): throw refusal
                }
                bad = 0
            } catch {
                tell(.error(error))
                bad = error.isBad ? bad + 1 : bad
                if bad >= Self.mostBad {
                    return socket.close(code: 1008, reason: "\(bad) bad messages in a row")
                }
            }
        }
    }
}
