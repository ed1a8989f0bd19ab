internal import Foundation
public import JSEP
internal import StrictJSON

/// Signaling over a data channel of the connection itself, once it is open: what is added later is
/// negotiated without another server.
///
/// ```swift
/// let answer = try await connection.answer(to: offer)  // once, over HTTP for example
/// for await channel in connection.dataChannels where channel.label == "signaling" {
///     let negotiator = PerfectNegotiator(connection, over: DataChannelSignaling(channel), polite: true)
///     …  // held for as long as the channel is open
/// }
/// ```
///
/// Messages are the JSON of ``SignalingPayload``, as text: `{"description":{"type":…,"sdp":…}}` and
/// `{"candidate":…}`. What is something else is reported and passed over. A way that is lost cannot
/// be mended over itself: for an ICE restart there has to be another one.
public struct DataChannelSignaling: SignalingTransport {
    private let channel: DataChannel

    /// - Parameter channel: reliable and in order, and read by nobody else.
    public init(_ channel: DataChannel) { self.channel = channel }

    /// Sends a message; waits while the channel is full.
    public func send(_ message: SignalingPayload) async throws {
        try await channel.send(String(decoding: JSONEncoder().encode(message), as: UTF8.self))
    }

    /// What comes on the channel, until it is closed.
    public var messages: AsyncStream<SignalingEvent> {
        AsyncStream { [channel] in
            // An error has closed the channel, and ends them.
            guard let message = try? await channel.nextMessage() else { return nil }
            return Self.event(of: message)
        }
    }

    private static func event(of message: DataChannelMessage) -> SignalingEvent {
        guard case .text(let text) = message else {
            return .problem("a message on the signaling channel is binary; send JSON as text")
        }
        // What costs more to read than its length is not given to a general decoder.
        guard JSONReader.accepts(Array(text.utf8)) else {
            return .problem("a message on the signaling channel is not JSON, or dear to read")
        }
        do {
            return .message(try JSONDecoder().decode(SignalingPayload.self, from: Data(text.utf8)))
        } catch {
            return .problem("a message on the signaling channel cannot be read: \(error)")
        }
    }
}
