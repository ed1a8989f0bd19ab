import ArgumentParser
import Foundation
import Hummingbird
internal import ICE
internal import JSEP
import Logging
import NIOCore
import WebRTC

/// A server for browsers: they post an offer and get an answer, then talk to it over data channels.
/// `Docs/Server.md` explains it.
@main
struct Server: AsyncParsableCommand {
    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 8080
    @Option(
        help: """
            The address that browsers reach this machine under, if it is another (1:1 NAT, containers). May be repeated: one \
            of IPv4, one of IPv6.
            """)
    var externalAddress: [String] = []
    @Option(help: "The first and the last UDP port for connections, such as 50000-50100.")
    var udpPorts: String?
    @Flag(help: "Offer 127.0.0.1 too, for a browser on the same machine.")
    var loopback = false

    func validate() throws {
        _ = try configuration()
    }

    func run() async throws {
        let logger = Logger(label: "server")
        let configuration = try configuration()
        let visitors = Visitors(limit: 1000)
        let router = Router()

        router.get("/") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: page)))
        }
        // The browser's offer in, our answer out. Our candidates are in the answer.
        router.post("/offer") { request, context -> Response in
            let offer = try await request.decode(as: SessionDescription.self, context: context)
            let connection = try PeerConnection(configuration: configuration)
            guard let id = await visitors.add(connection) else {
                connection.close()
                throw HTTPError(.serviceUnavailable, message: "too many visitors")
            }
            do {
                let answer = try await connection.answer(to: offer)
                Task {
                    await serve(connection, id: id, logger: logger)
                    await visitors.remove(id)
                }
                return Response(
                    status: .created, headers: [.contentType: "application/json", .location: "/connections/\(id)"],
                    body: .init(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(answer))))
            } catch {
                connection.close()
                await visitors.remove(id)
                throw HTTPError(.unprocessableContent, message: "\(error)")
            }
        }
        // The browser's candidates, as it finds them: it does not have to wait for all of them
        // before its offer.
        router.post("/connections/:id/candidates") { request, context -> HTTPResponse.Status in
            let candidate = try await request.decode(as: ICECandidateInit.self, context: context)
            guard let connection = await visitors.connection(try context.parameters.require("id")) else {
                throw HTTPError(.notFound)
            }
            do {
                try await connection.addICECandidate(candidate)
            } catch {
                throw HTTPError(.unprocessableContent, message: "\(error)")
            }
            return .noContent
        }
        router.delete("/connections/:id") { _, context -> HTTPResponse.Status in
            await visitors.connection(try context.parameters.require("id"))?.close()
            return .noContent
        }

        let app = Application(
            router: router, configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                FileHandle.standardOutput.write(Data("listening on port \(channel.localAddress?.port ?? port)\n".utf8))
            }, logger: logger)
        try await app.runService()
        await visitors.sayGoodbye()
    }

    private func configuration() throws -> PeerConnection.Configuration {
        var configuration = PeerConnection.Configuration()
        configuration.ice.includesLoopback = loopback
        configuration.ice.externalAddresses = externalAddress.map { ExternalAddress($0) }
        if let udpPorts {
            let bounds = udpPorts.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) ?? 0 }
            guard bounds.count == 2, 0 < bounds[0], bounds[0] <= bounds[1] else {
                throw ValidationError("--udp-ports takes two ports, such as 50000-50100")
            }
            configuration.ice.portRange = bounds[0]...bounds[1]
        }
        do {
            try configuration.validate()
        } catch {
            throw ValidationError(error.message)
        }
        return configuration
    }
}
