import ArgumentParser
import Foundation
internal import ICE
internal import JSEP
import Mesh
import WebRTC

/// `meshchat doctor`: what may be in the way, and what to do about it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check daemon, ports, interfaces and servers, and say what to do.",
        discussion: "Ends with 0 when all is well, with 1 when something does not work.")

    @Option(name: .long, help: "The port for signaling.")
    var port: UInt16 = 3010

    @Option(name: .long, help: "A STUN server to try: host:port")
    var stun: String?

    @Option(name: .long, help: "A TURN server to try: turn:host:port, perhaps with ?transport=tcp")
    var turn: String?

    @Option(name: .long, help: "The user for --turn.")
    var user: String?

    @Option(name: .long, help: "The password for --turn.")
    var password: String?

    @OptionGroup(title: "Group") var group: KeyOptions

    func validate() throws {
        if turn != nil, user == nil || password == nil {
            throw ValidationError("--turn needs --user and --password")
        }
        do throws(WebRTCError) {
            try PeerConnection.Configuration(iceServers: server.map { [$0] } ?? []).validate()
        } catch {
            throw ValidationError(error.message)
        }
    }

    private var server: ICEServer? { turn.map { ICEServer(urls: [$0], username: user, credential: password) } }

    func run() async throws {
        let hasKey = try group.given() != nil
        let isGood = await Diagnosis(port: port, stun: stun, turn: server, hasKey: hasKey).run { finding in
            let mark =
                switch finding.verdict {
                case .good: "ok  "
                case .remark: "note"
                case .bad: "FAIL"
                }
            Console.standard.write(line: "\(mark)  \(finding.subject): \(finding.text)")
            if let advice = finding.advice { Console.standard.write(line: "      \(advice)") }
        }
        if !isGood { throw ExitCode.failure }
    }
}
