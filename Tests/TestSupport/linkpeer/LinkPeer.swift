import ArgumentParser
import ICE
import JSEP
import WebRTC

/// One end of a data channel in a process of its own, so that a test can put each end into another network namespace.
///
/// The test hands the descriptions over and steers: see ``Console`` for the lines that come and go.
@main
struct LinkPeer: AsyncParsableCommand {
    enum Role: String, ExpressibleByArgument {
        case offer, answer
    }

    @Option(help: "Which end this is: offer or answer. The offerer makes the channel and sends.") var role: Role
    @Option(help: "Messages to send; without it, until 'finish'.") var count: Int?
    @Option(help: "Bytes in the largest message: a multiple of 8 from 16.") var size = 64
    @Flag(help: "Sizes differ from message to message, up to --size.") var varied = false
    @Flag(help: "Messages may overtake each other.") var unordered = false
    @Option(help: "How often a message may be sent again.") var maxRetransmits: UInt16?
    @Option(help: "Milliseconds between two messages.") var pauseMs: Int?
    @Option(help: "A STUN or TURN server's URL; several may be given.") var server: [String] = []
    @Option(help: "A file of the authorities that servers over TLS are believed of; without it, the system's.")
    var tlsRoots: String?
    @Flag(help: "Only relayed candidates.") var relayOnly = false

    func validate() throws {
        guard size >= 16, size % 8 == 0, count ?? 1 > 0 else {
            throw ValidationError("--size is a multiple of 8 from 16, and --count at least 1")
        }
    }

    func run() async throws {
        let console = Console()
        let connection = try PeerConnection(configuration: makeConfiguration())
        let watching = Task {
            for await state in connection.connectionStates { console.say("connection", state.rawValue) }
        }
        let errors = Task {
            for await error in connection.iceCandidateErrors {
                console.say("refused", "\(error.url) \(error.errorText)")
            }
        }
        do {
            switch role {
            case .offer: try await offer(connection, console)
            case .answer: try await answer(connection, console)
            }
        } catch {
            console.say("error", "\(error)")
            console.say("diagnosis", connection.diagnosis.description.replacing("\n", with: " | "))
        }
        connection.close()
        await connection.closed()
        await watching.value
        await errors.value
        console.say("over")
    }

    private func offer(_ connection: PeerConnection, _ console: Console) async throws {
        let options = DataChannelOptions(ordered: !unordered, maxRetransmits: maxRetransmits)
        let channel = try await connection.createDataChannel("link", options: options)
        try await connection.setLocalDescription()
        try await Self.describe(connection, console)
        let answer = try await console.description()
        try await connection.setRemoteDescription(SessionDescription(type: .answer, sdp: answer))
        try await channel.opened()
        console.say("open")
        let sending = Task {
            try await Sender(count: count, size: size, isVaried: varied, pause: pauseMs).run(channel, console)
        }
        let steering = Task { await Steering(connection: connection, console: console).run { sending.cancel() } }
        let result = await sending.result
        await channel.flushed()
        channel.close()
        await channel.closed()
        console.say("closed", channel.error.map { "\($0)" } ?? "")
        // The other end may still need an acknowledgement that was lost.
        await steering.value
        if case .failure(let error) = result, !sending.isCancelled { throw error }
    }

    private func answer(_ connection: PeerConnection, _ console: Console) async throws {
        let offer = try await console.description()
        try await connection.setRemoteDescription(SessionDescription(type: .offer, sdp: offer))
        try await connection.setLocalDescription()
        try await Self.describe(connection, console)
        let steering = Steering(connection: connection, console: console)
        let steered = Task {
            await steering.run {}
            // There may be no channel yet to wait for.
            connection.close()
        }
        var receiver = Receiver()
        for await channel in connection.dataChannels {
            console.say("open")
            await receiver.run(channel, console, progress: steering.wantsProgress)
            break
        }
        receiver.report(to: console)
        await steered.value
    }

    private func makeConfiguration() throws -> PeerConnection.Configuration {
        var configuration = PeerConnection.Configuration()
        configuration.iceServers = server.map { ICEServer(urls: [$0], username: "alice", credential: "secret") }
        if let tlsRoots { configuration.ice.tlsRoots = try TLSRoots(file: tlsRoots) }
        configuration.iceTransportPolicy = relayOnly ? .relay : .all
        return configuration
    }

    /// Says this end's description, all candidates in it.
    static func describe(_ connection: PeerConnection, _ console: Console) async throws {
        await connection.gatheringComplete()
        console.say("description", console.encode(connection.localDescription?.sdp ?? ""))
    }
}
