internal import JSEP
internal import NIOCore
internal import StrictJSON
internal import WebRTC

/// Serves the requests of one session, until its channel or connection ends.
struct RPCChannel: Sendable {
    let session: Session
    let dispatcher: RPCDispatcher
    /// How many requests are worked on at once.
    let width: Int
    let now: @Sendable () -> Duration

    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.serve() }
            group.addTask { _ = await self.session.connection.ended(ifNotConnectedWithin: nil) }
            // Whichever comes first ends the other, and the requests with it.
            await group.next()
            group.cancelAll()
        }
        session.close(as: session.connection.connectionState == .failed ? .failed : .closed)
    }

    private func serve() async {
        let source = RPCSource(
            transport: .dataChannel, peerID: session.peerID, subject: session.owner.subject)
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            do {
                for try await message in session.channel.messages {
                    session.touch(now: now())
                    // While all places are taken nothing is read: the peer's window closes.
                    if running >= width {
                        await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask { await self.answer(message, source) }
                }
            } catch {
                // The channel has failed; there is nobody left to tell.
            }
            group.cancelAll()
        }
    }

    private func answer(_ message: DataChannelMessage, _ source: RPCSource) async {
        let bytes: [UInt8] =
            switch message {
            case .text(let text): Array(text.utf8)
            case .binary(let buffer): Array(buffer.readableBytesView)
            }
        guard session.begin() else {
            try? await send(dispatcher.refusal(of: bytes, .draining))
            return
        }
        defer { session.end() }
        await dispatcher.answer(bytes, from: source) { try await send($0) }
    }

    private func send(_ reply: JSONValue) async throws {
        try Task.checkCancellation()
        do throws(WebRTCError) {
            try await session.channel.send(String(decoding: reply.bytes, as: UTF8.self))
        } catch {
            guard error.code == .type else { throw error }
            throw RPCError("too-large", "The answer is larger than this client takes.")
        }
        session.touch(now: now())
    }
}
