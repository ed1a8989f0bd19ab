import Foundation
import TestSupport

/// Two `linkpeer` processes at the ends of a link, with an open data channel between them.
struct LinkedPeers: Sendable {
    /// What the receiver found.
    struct Result: Decodable, Equatable {
        let received: Int
        /// Not as sent.
        let corrupt: Int
        /// Arrived again.
        let repeated: Int
        /// Arrived behind a younger one.
        let late: Int
        let highest: Int?
    }

    let link: EmulatedLink
    let sender: LineProcess
    let receiver: LineProcess

    /// Starts both, hands the descriptions over and waits for the open channel.
    init(over link: EmulatedLink, sending options: [String]) async throws {
        self.link = link
        sender = try link.start("linkpeer", at: link.ends.a, ["--role", "offer"] + options)
        receiver = try link.start("linkpeer", at: link.ends.b, ["--role", "answer"])
        try receiver.say("description " + (try await sender.line("description").text))
        try sender.say("description " + (try await receiver.line("description").text))
        _ = try await (sender.line("open"), receiver.line("open"))
    }

    /// Waits until the channel has closed on both sides, and ends both processes and the link.
    func result() async throws -> (result: Result, sent: Int, errors: [String]) {
        let errors = [try await receiver.line("closed").text, try await sender.line("closed").text]
        let text = try await receiver.line("result").text
        let sent = try await sender.line("sent").text
        try await end()
        return (try JSONDecoder().decode(Result.self, from: Data(text.utf8)), Int(sent) ?? -1, errors)
    }

    /// Ends both processes and the link.
    func end() async throws {
        let statuses = await [sender.end(), receiver.end()]
        await link.remove()
        guard statuses == [0, 0] else { throw LineProcess.Ended(description: "exit statuses \(statuses)") }
    }

    /// The connection states that a process has reported before the end: without its own closing, and the other's before it.
    static func statesInUse(of process: LineProcess) -> [String] {
        var states = states(of: process)
        if states.last == "closed" { states.removeLast() }
        if states.last == "disconnected" { states.removeLast() }
        return states
    }

    /// The connection states that a process has reported.
    static func states(of process: LineProcess) -> [String] {
        process.lines.compactMap { $0.hasPrefix("connection ") ? String($0.dropFirst(11)) : nil }
    }
}
