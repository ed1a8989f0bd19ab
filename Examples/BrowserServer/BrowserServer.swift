public import ArgumentParser
internal import Foundation
internal import Hummingbird
internal import ICE
internal import JSEP
internal import Logging
internal import NIOCore
public import WebRTC

/// What the examples with media have in common: a page that connects, and `POST /offer`, which
/// answers its offer. `Examples/server` shows candidates that come one by one, and a bound on
/// visitors.
public struct BrowserServer: ParsableArguments {
    @Option(help: "The address to listen on.")
    public var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.")
    public var port = 8080
    @Flag(help: "Offer 127.0.0.1 too, for a browser on the same machine.")
    public var loopback = false

    public init() {}

    /// Serves browsers until the process is ended.
    ///
    /// - Parameters:
    ///   - page: what the browser sends and receives.
    ///   - visit: called with each visitor's connection before its offer is answered: tracks are
    ///     added here. What takes longer is a task of its own, and ends with the connection's
    ///     events.
    public func run(_ page: BrowserPage, visit: @escaping @Sendable (PeerConnection) async throws -> Void) async throws
    {
        try await run(["/": page]) { connection, _ in try await visit(connection) }
    }

    /// Serves browsers until the process is ended.
    ///
    /// - Parameters:
    ///   - pages: what the browser sends and receives, by the path of the page, such as `/watch`.
    ///   - visit: as above, with the path of the page.
    public func run(
        _ pages: [String: BrowserPage], visit: @escaping @Sendable (PeerConnection, String) async throws -> Void
    ) async throws {
        let logger = Logger(label: "example")
        var configuration = PeerConnection.Configuration()
        configuration.ice.includesLoopback = loopback
        let router = Router()
        for (path, page) in pages {
            router.get(RouterPath(path)) { _, _ in
                Response(
                    status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
                    body: .init(byteBuffer: ByteBuffer(string: page.html)))
            }
            router.post(RouterPath(path == "/" ? "/offer" : path + "/offer")) { [configuration] request, context in
                let offer = try await request.decode(as: SessionDescription.self, context: context)
                let connection = try PeerConnection(configuration: configuration)
                do {
                    try await visit(connection, path)
                    let answer = try await connection.answer(to: offer)
                    Task {
                        let ending = await connection.ended(ifNotConnectedWithin: .seconds(30))
                        logger.info("a visitor has left", metadata: ["reason": "\(ending)"])
                        connection.close()
                    }
                    return Response(
                        status: .created, headers: [.contentType: "application/json"],
                        body: .init(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(answer))))
                } catch {
                    connection.close()
                    throw HTTPError(.unprocessableContent, message: "\(error)")
                }
            }
        }
        let app = Application(
            router: router, configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { [port] channel in
                FileHandle.standardOutput.write(Data("listening on port \(channel.localAddress?.port ?? port)\n".utf8))
            }, logger: logger)
        try await app.runService()
    }
}
