import ArgumentParser
import Foundation
import Mesh
import Signaling
import WebRTC

/// `meshchat chat`, which is what `meshchat` alone means.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat", abstract: "Join the chat (the default).")

    @Option(name: .long, help: "Your name; the login name if left out.")
    var name: String?

    @Option(name: .long, help: "controller or display; a controller becomes leader first.")
    var type = Role.display

    @Option(name: .long, help: "The mDNS service type; only nodes of the same type see each other.")
    var service = "_meshchat._tcp"

    @Option(name: .long, help: "The port for signaling; a free one is used when it is taken.")
    var port: UInt16 = 3010

    @Option(name: .long, help: "The address to listen on for signaling; all addresses if left out.")
    var listen: String?

    @Option(name: .long, help: "A name of this machine that browsers may use for it. May be repeated.")
    var hostName: [String] = []

    @Option(name: .long, help: "A web origin whose pages may signal here: https://example.org. May be repeated.")
    var allowOrigin: [String] = []

    @Option(name: .long, help: "What is open to everybody beside the mesh: rooms.")
    var open: [Surface] = []

    @Option(name: .long, help: "A signaling server to use instead of mDNS: ws://host:port/ws")
    var signal: String?

    @Option(name: .long, help: "A STUN server, such as stun:stun.example.org (not needed on a LAN). May be repeated.")
    var stun: [String] = []

    @Flag(name: .long, help: "Write events as JSON lines.")
    var json = false

    enum Surface: String, ExpressibleByArgument, CaseIterable {
        case rooms
    }

    enum Role: String, ExpressibleByArgument, CaseIterable {
        case controller, display

        var peerType: PeerType { self == .controller ? .controller : .display }
    }

    func run() async throws {
        let login = ProcessInfo.processInfo.environment["USER"] ?? ProcessInfo.processInfo.hostName
        let node = MeshNode(
            MeshConfiguration(
                displayName: name ?? login, peerType: type.peerType, serviceType: service, port: port,
                listenAddress: listen, hostNames: hostName, allowedOrigins: allowOrigin,
                opensRooms: open.contains(.rooms), signalingURL: signal,
                iceServers: stun.isEmpty ? [] : [.init(urls: stun)]))
        let output: any ChatOutput = json ? JSONOutput() : TerminalOutput()
        do throws(MeshError) {
            try await ChatSession(node: node, output: output).run()
        } catch {
            throw ValidationError(error.message)
        }
    }
}
