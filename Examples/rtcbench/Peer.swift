import ArgumentParser
internal import ICE
internal import JSEP
import WebRTC

struct Peer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One end of a transfer between two processes.",
        discussion: """
            The two ends hand each other complete descriptions as the files 'offer' and 'answer' in a directory. The \
            offerer opens channel 'x' and sends as fast as it can; the answerer measures after the warm-up, \
            prints the result and writes 'done'.
            """)

    enum Role: String, ExpressibleByArgument {
        case offer, answer
    }

    @Option(help: "Which end this is: offer or answer.") var role: Role
    @Option(help: "The directory that both ends see.") var exchange: String
    @Option(help: "Bytes in a message.") var messageSize = 65536
    @Option(help: "Seconds to measure, where no total is given.") var seconds = 7.0
    @Option(help: "Seconds from the first message to those.") var warmUp = 1.0
    @Option(help: "Bytes to send; the transfer ends when they have arrived.") var sizeTotal: Int?
    @Option(help: "How it is decided how much may be under way: delay, standard or highSpeed.")
    var congestionControl = "delay"
    @Flag(help: "Numbers every message and adds a checksum; the answerer demands each once and in order.") var check =
        false

    func validate() throws {
        try MessageCycle.validate(messageSize: messageSize)
        guard seconds > 0, warmUp > 0, sizeTotal ?? 1 > 0 else {
            throw ValidationError("every number has to be larger than 0")
        }
    }

    func run() async throws {
        guard let control = SCTPSettings.CongestionControl(rawValue: congestionControl) else {
            throw ValidationError("there is no congestion control '\(congestionControl)'")
        }
        let connection = try PeerConnection(
            configuration: .init(
                ice: .init(includesLoopback: true), sctp: .init(congestionControl: control)))
        let files = Exchange(directory: exchange)
        try await files.run(
            role, connection, offer: { try await offer($0, files) }, answer: { try await answer($0, files) })
    }

    private func offer(_ connection: PeerConnection, _ files: Exchange) async throws {
        let channel = try await connection.createDataChannel("x")
        try await files.offer(on: connection)
        try await channel.opened()
        let sending = Task { try await PeerSender(options: self).run(channel) }
        _ = try await files.read("done")
        sending.cancel()
        channel.close()
        _ = await sending.result
    }

    private func answer(_ connection: PeerConnection, _ files: Exchange) async throws {
        try await files.answer(on: connection)
        var receiver = PeerReceiver(options: self)
        for await channel in connection.dataChannels where channel.label == "x" {
            try await receiver.run(channel)
            break
        }
        receiver.report()
        try files.write("done\n", to: "done")
    }
}
