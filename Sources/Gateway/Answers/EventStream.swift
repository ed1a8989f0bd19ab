internal import AsyncQueues
internal import Hummingbird
internal import HTTPTypes
internal import NIOCore
internal import StrictJSON

/// Events for one page, as server-sent events (HTML §9.2): so many wait for a slow reader, then its
/// stream ends, and it asks again. May be used from any thread.
final class EventStream: Sendable {
    /// How many events wait, and how many bytes.
    private static let most = 256
    private static let mostBytes = 1 << 20
    /// How often something is sent where nothing happens, so that proxies keep the connection and a
    /// reader that is gone is found out.
    private static let pulse = Duration.seconds(15)

    private let lines = AsyncQueue<ByteBuffer, Never>(
        .init(count: most, bytes: mostBytes, overflow: .refuse, cost: { $0.readableBytes }))

    /// Adds an event; false where the reader has too much to read already, and its stream ends.
    ///
    /// - Parameters:
    ///   - name: without line breaks.
    ///   - data: in JSON, which is one line.
    @discardableResult
    func send(_ name: String, _ data: JSONValue) -> Bool {
        var line = ByteBuffer(string: "event: \(name)\ndata: ")
        line.writeBytes(data.bytes)
        line.writeString("\n\n")
        let isTaken = lines.push(line).isAdmitted
        if !isTaken { lines.finish() }
        return isTaken
    }

    /// Nothing comes any more.
    func finish() { lines.finish() }

    /// The answer that has the events; who else has the stream is to forget it when the answer is
    /// gone.
    func response() -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .xAccelBuffering: "no"],
            body: ResponseBody { [self] writer in
                let pulse = Task { [lines] in
                    while (try? await Task.sleep(for: Self.pulse)) != nil { lines.push(ByteBuffer(string: ": \n\n")) }
                }
                var failure: (any Error)?
                do {
                    // The page knows at once that it is heard.
                    try await writer.write(ByteBuffer(string: ": \n\n"))
                    for await line in lines { try await writer.write(line) }
                } catch {
                    failure = error
                }
                pulse.cancel()
                lines.finish()
                if let failure { throw failure }
                try await writer.finish(nil)
            })
    }
}

extension HTTPField.Name {
    /// Asks a proxy not to hold back what comes in parts.
    fileprivate static var xAccelBuffering: Self { Self("X-Accel-Buffering") ?? .cacheControl }
}
