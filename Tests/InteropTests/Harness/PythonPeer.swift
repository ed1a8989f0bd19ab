import Foundation

/// A process of Python in which peers of one library live.
actor PythonPeer: RemoteControl {
    /// Whose peers: each has a script among the resources.
    enum Library: String, Sendable {
        case aiortc, wrtc, gstreamer

        var python: String { self == .gstreamer ? InteropPrograms.systemPython : "python3" }
    }

    private let library: Library
    private let process: ChildProcess
    private var logs: [String: EventLog] = [:]
    private var replies: [Int: CheckedContinuation<JSONValue, any Error>] = [:]
    private var lastRequest = 0
    private var reader: Task<Void, Never>?
    private var hasEnded = false

    init(_ library: Library) throws {
        self.library = library
        let name = "\(library.rawValue)_peer"
        guard let script = Bundle.module.url(forResource: name, withExtension: "py", subdirectory: "Resources")
        else { throw InteropError("\(name).py is not among the resources") }
        process = try ChildProcess(library.python, [script.path], environment: InteropPrograms.pythonEnvironment)
    }

    func report(_ peer: String, to log: EventLog) {
        logs[peer] = log
        guard reader == nil else { return }
        reader = Task { await readLines() }
    }

    func perform(_ operation: String, on peer: String, _ parameters: JSONValue) async throws -> JSONValue {
        guard !hasEnded else { throw InteropError("\(library)'s process has ended") }
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
                    reply?.resume(throwing: InteropError("\(library): \(error)"))
                } else {
                    reply?.resume(returning: message["value"])
                }
            } else if let event = try? InteropEvent(json: message) {
                logs[message["peer"].string ?? ""]?.append(event)
            }
        }
        hasEnded = true
        let reason = InteropError("\(library)'s process has ended")
        for reply in replies.values { reply.resume(throwing: reason) }
        replies = [:]
        for log in logs.values { log.finish(reason) }
    }
}
