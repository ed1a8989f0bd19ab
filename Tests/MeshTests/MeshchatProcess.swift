import Foundation
import Synchronization

/// A running `meshchat --json`, its events, and its standard input.
final class MeshchatProcess: Sendable {
    struct Missing: Error {}

    /// What the lines so far add up to.
    struct Seen: Sendable {
        var id: String?
        var leader: String?
        var amILeader = false
        /// Names of the connected peers.
        var connected: Set<String> = []
        var texts: [String] = []
        var types: [String] = []
        var isOver = false
        var lines: [String] = []
    }

    struct Ended: Error {
        var seen: Seen
    }

    private struct State {
        var seen = Seen()
        var partial = Data()
        var waiting: [(condition: @Sendable (Seen) -> Bool, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    // Foundation's Process and Pipe are Sendable; what they deliver goes through the lock.
    private let process = Process()
    private let input = Pipe()
    private let state = Mutex(State())

    /// Starts the built product.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        let directory = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let program = directory.appendingPathComponent("meshchat")
        guard FileManager.default.isExecutableFile(atPath: program.path) else { throw Missing() }
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.take(data)
        }
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var seen: Seen { state.withLock { $0.seen } }

    func type(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    func endInput() throws {
        try input.fileHandleForWriting.close()
    }

    func send(signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    /// Waits for the end and returns the exit code, or minus the signal.
    func exitCode() async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.process.waitUntilExit()
                let status = self.process.terminationStatus
                continuation.resume(returning: self.process.terminationReason == .exit ? status : -status)
            }
        }
    }

    /// Returns when the condition holds; throws what was seen when the output ends without it.
    func waits(for condition: @escaping @Sendable (Seen) -> Bool) async throws {
        try await withCheckedThrowingContinuation { continuation in
            update { $0.waiting.append((condition, continuation)) }
        }
    }

    private func take(_ data: Data) {
        update { state in
            guard !data.isEmpty else {
                state.seen.isOver = true
                return
            }
            state.partial.append(data)
            while let end = state.partial.firstIndex(of: UInt8(ascii: "\n")) {
                state.seen.take(Data(state.partial[..<end]))
                state.partial = Data(state.partial[state.partial.index(after: end)...])
            }
        }
    }

    private func update(_ change: (inout State) -> Void) {
        let (ready, hopeless, seen) = state.withLock { state in
            change(&state)
            let seen = state.seen
            let ready = state.waiting.filter { $0.condition(seen) }.map(\.continuation)
            state.waiting.removeAll { $0.condition(seen) }
            let hopeless = seen.isOver ? state.waiting.map(\.continuation) : []
            if seen.isOver { state.waiting = [] }
            return (ready, hopeless, seen)
        }
        for continuation in ready { continuation.resume() }
        for continuation in hopeless { continuation.resume(throwing: Ended(seen: seen)) }
    }
}

extension MeshchatProcess.Seen {
    fileprivate mutating func take(_ line: Data) {
        lines.append(String(decoding: line, as: UTF8.self))
        guard let event = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
            let type = event["type"] as? String
        else {
            types.append("not JSON")
            return
        }
        types.append(type)
        switch type {
        case "started": id = event["peer_id"] as? String
        case "leader_changed":
            leader = event["leader_id"] as? String
            amILeader = event["am_i_leader"] as? Bool ?? false
        case "peer_list_changed":
            let peers = event["peers"] as? [[String: Any]] ?? []
            connected = Set(
                peers.filter { $0["is_connected"] as? Bool == true }.compactMap { $0["display_name"] as? String })
        case "message":
            let from = (event["from"] as? [String: Any])?["display_name"] as? String ?? "?"
            let kind = event["is_direct"] as? Bool == true ? " (direct)" : ""
            texts.append("\(from)\(kind): \(event["text"] as? String ?? "?")")
        default: break
        }
    }
}
