import Foundation

/// A Python process in which aiortc's peers live.
actor Aiortc: RemoteControl {
    private let process: ChildProcess
    private var logs: [String: EventLog] = [:]
    private var replies: [Int: CheckedContinuation<JSONValue, any Error>] = [:]
    private var lastRequest = 0
    private var reader: Task<Void, Never>?
    private var hasEnded = false

    init() throws {
        guard let script = Bundle.module.url(forResource: "aiortc_peer", withExtension: "py", subdirectory: "Resources")
        else { throw InteropError("aiortc_peer.py is not among the resources") }
        process = try ChildProcess("python3", [script.path], environment: InteropPrograms.pythonEnvironment)
    }

    func report(_ peer: String, to log: EventLog) {
        logs[peer] = log
        guard reader == nil else { return }
        reader = Task { await readLines() }
    }

    func perform(_ operation: String, on peer: String, _ parameters: JSONValue) async throws -> JSONValue {
        guard !hasEnded else { throw InteropError("aiortc's process has ended") }
        lastRequest += 1
        let identifier = lastRequest
        let request: JSONValue = [
            "id": .number(Double(identifier)), "peer": .string(peer), "operation": .string(operation),
            "parameters": parameters,
        ]
        try process.write(line: JSONEncoder().encode(request))
        return try await withCheckedThrowingContinuation { replies[identifier] = $0 }
    }

    /// Ends the process.
    func stop() async {
        process.stop()
        await reader?.value
    }

    private func readLines() async {
        for await line in process.lines {
            guard let message = try? JSONDecoder().decode(JSONValue.self, from: Data(line.utf8)) else { continue }
            if let identifier = message["reply"].integer {
                let reply = replies.removeValue(forKey: identifier)
                if let error = message["error"].string {
                    reply?.resume(throwing: InteropError("aiortc: \(error)"))
                } else {
                    reply?.resume(returning: message["value"])
                }
            } else if let event = try? InteropEvent(json: message) {
                logs[message["peer"].string ?? ""]?.append(event)
            }
        }
        hasEnded = true
        let reason = InteropError("aiortc's process has ended")
        for reply in replies.values { reply.resume(throwing: reason) }
        replies = [:]
        for log in logs.values { log.finish(reason) }
    }
}
