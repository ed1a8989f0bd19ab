import ArgumentParser
import Foundation
import GroupKeys
internal import ICE
import Mesh
import Signaling
import WebRTC

/// `meshchat chat`, which is what `meshchat` alone means.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat", abstract: "Join the chat.")

    @Option(name: .long, help: "Your name; the login name if left out.")
    var name: String?

    @Option(name: .long, help: "A controller becomes leader before any display.")
    var type = Role.display

    @Option(name: .long, help: "The mDNS service type; only nodes of the same type see each other.")
    var service = "_meshchat._tcp"

    @OptionGroup(title: "Group") var group: KeyOptions

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

    @Option(
        name: .long,
        help: "A STUN server, such as stun:stun.example.org:3478 (not needed on a LAN). May be repeated.")
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

    func validate() throws {
        if let name, DisplayName.cleaned(name) == "Unknown", name != "Unknown" {
            throw ValidationError("--name needs at least one character that can be seen")
        }
        for url in stun where !url.lowercased().hasPrefix("stun:") {
            throw ValidationError("--stun \"\(url)\" is not like stun:host:port")
        }
        let (key, passphrase) = (try group.given(), try group.passphrase())
        do throws(MeshError) {
            try node(of: key, passphrase).configuration.validate()
        } catch {
            throw ValidationError(error.message)
        }
    }

    /// Chats to the end; ends the program with another code than 0 when that is not a good one.
    func run() async throws {
        guard !StandardDescriptors.outputWasClosed else {
            _ = StandardDescriptors.write(
                Array("Error: standard output is closed; there is nowhere to write to\n".utf8), to: STDERR_FILENO)
            throw Outcome.failed.exitCode
        }
        let output: any ChatOutput = json ? JSONOutput() : TerminalOutput()
        let (key, passphrase) = (try await group.key(service: service), try group.passphrase())
        let outcome: Outcome
        do throws(MeshError) {
            outcome = try await ChatSession(
                node: node(of: key, passphrase), output: output, usesServer: signal != nil
            ) { node(of: $0, nil) }.run()
        } catch {
            throw ValidationError(error.message)
        }
        if Console.standard.isBroken { throw Outcome.failed.exitCode }
        if outcome != .good { throw outcome.exitCode }
    }

    private func node(of key: GroupKey?, _ passphrase: String?) -> MeshNode {
        let login = ProcessInfo.processInfo.environment["USER"] ?? ProcessInfo.processInfo.hostName
        // A person wants to be gone; a pipe wants to be read to its end.
        let isPipe = !StandardInput.isTerminal && !StandardInput.isNull
        let node = MeshNode(
            MeshConfiguration(
                displayName: name ?? login, peerType: type.peerType, serviceType: service, groupKey: key,
                groupPassphrase: key == nil ? nil : passphrase, port: port,
                listenAddress: listen, hostNames: hostName, allowedOrigins: allowOrigin,
                opensRooms: open.contains(.rooms), signalingURL: signal,
                iceServers: stun.isEmpty ? [] : [.init(urls: stun)], leaveTimeout: .seconds(isPipe ? 30 : 2)))
        return node
    }

    /// The options as its own help lists them, for the help of the program, whose default this is.
    static var optionsHelp: String {
        let help = helpMessage(columns: 78)
        guard let start = help.range(of: "OPTIONS:")?.lowerBound else { return "" }
        return "CHAT " + help[start...].trimmingCharacters(in: .newlines)
    }
}
