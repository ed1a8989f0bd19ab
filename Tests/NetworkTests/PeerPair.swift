import Foundation
import TestSupport

/// Two `linkpeer` processes on any hosts, with what is needed to restart ICE between them.
struct PeerPair: Sendable {
    let sender: LineProcess
    let receiver: LineProcess

    /// Hands the descriptions over.
    ///
    /// - Parameter rewrite: changes each description on its way, as signaling or a browser may.
    func introduce(_ rewrite: (String) -> String = { $0 }) async throws {
        try await hand(from: sender, to: receiver, rewrite)
        try await hand(from: receiver, to: sender, rewrite)
    }

    /// Waits for the open channel at both ends.
    func opened() async throws {
        _ = try await (sender.line("open"), receiver.line("open"))
    }

    /// Restarts ICE with an offer of the sender's, or of the receiver's.
    func restart(by offerer: LineProcess, with answerer: LineProcess) async throws {
        let (offers, answers) = (offerer.lines.count, answerer.lines.count)
        try offerer.say("restart")
        let offer = try await offerer.line("description", from: offers).text
        try answerer.say("description " + offer)
        let answer = try await answerer.line("description", from: answers).text
        try offerer.say("description " + answer)
    }

    /// Waits until a message arrives that had not when this was called.
    func progress() async throws {
        let place = receiver.lines.count
        try receiver.say("progress")
        _ = try await receiver.line("progressed", from: place)
    }

    /// The kinds of the candidates in use at one end.
    func pair(of process: LineProcess) async throws -> String {
        let place = process.lines.count
        try process.say("pair")
        return try await process.line("pair", from: place).text
    }

    /// Waits for everything that was sent, and ends both processes.
    ///
    /// - Parameter stops: whether the sending ends now; otherwise with the number that was asked for.
    func finish(stops: Bool = true) async throws -> (result: LinkedPeers.Result, sent: Int) {
        if stops { try sender.say("finish") }
        let text = try await receiver.line("result").text
        let sent = try await sender.line("sent").text
        try await end()
        return (try JSONDecoder().decode(LinkedPeers.Result.self, from: Data(text.utf8)), Int(sent) ?? -1)
    }

    /// Ends both processes.
    func end() async throws {
        let statuses = await [sender.end(), receiver.end()]
        guard statuses == [0, 0] else { throw LineProcess.Ended(description: "exit statuses \(statuses)") }
    }

    private func hand(from: LineProcess, to: LineProcess, _ rewrite: (String) -> String) async throws {
        let text = try await from.line("description").text
        let sdp = rewrite(String(decoding: Data(base64Encoded: text) ?? Data(), as: UTF8.self))
        try to.say("description " + Data(sdp.utf8).base64EncodedString())
    }
}
