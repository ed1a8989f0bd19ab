internal import NIOCore

/// What has come on a WebSocket.
struct SocketEvent: Sendable {
    let event: WebSocketReader.Event
    /// What a text says, where it was read already; the hub reads it otherwise.
    let message: Result<SignalingMessage, SignalingRefusal>?

    /// - Parameter reads: whether a text is read as JSON here and now.
    init(_ event: WebSocketReader.Event, reads: Bool) {
        self.event = event
        guard reads, case .text(let bytes) = event else {
            message = nil
            return
        }
        do throws(SignalingRefusal) {
            message = .success(try SignalingMessage(parsing: bytes))
        } catch {
            message = .failure(error)
        }
    }

    /// About how many bytes it takes on its way: its own, and what goes with an empty one.
    var weight: Int {
        switch event {
        case .text(let bytes), .binary(let bytes): bytes.count + 128
        case .tooLarge, .ping, .pong, .close, .violation: 128
        }
    }
}
