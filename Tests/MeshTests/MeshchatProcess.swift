import Foundation
import TestSupport
import Testing

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

    // Foundation's Process and Pipe are Sendable; what they deliver goes through the lock.
    private let process = Process()
    private let input = Pipe()
    private let runtime: RuntimeDirectory?
    private let observed = Observed(Seen())
    private let exit = Observed<Int32?>(nil)

    /// Starts the built product.
    ///
    /// - Parameters:
    ///   - runtime: where the processes that are to find each other keep what they announce; nil for the user's own place.
    ///   - terminal: whether it runs at a terminal, which `script` makes; what it writes there is not JSON then.
    init(
        _ arguments: [String], in runtime: RuntimeDirectory? = nil, environment: [String: String] = [:],
        terminal: Bool = false
    ) throws {
        self.runtime = runtime
        signal(SIGPIPE, SIG_IGN)  // a child that has died is an error to report, not the end of all tests
        let directory = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let program = directory.appendingPathComponent("meshchat")
        guard FileManager.default.isExecutableFile(atPath: program.path) else { throw Missing() }
        process.executableURL = terminal ? URL(fileURLWithPath: "/usr/bin/script") : program
        // A shell that waits for the program would be ended by the Ctrl-C that is meant for it: it has to become it.
        let command = "exec " + ([program.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
        process.arguments = terminal ? ["-qfec", command, "/dev/null"] : arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(["TERM": "xterm", "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh"]) { _, new in new }
            .merging(runtime.map { ["XDG_RUNTIME_DIR": $0.path] } ?? [:]) { _, new in new }
            .merging(environment) { _, new in new }
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        // Not waitUntilExit, which needs a run loop and, without one, now and then misses the end.
        process.terminationHandler = { [exit] process in
            let status = process.terminationStatus
            exit.update { $0 = process.terminationReason == .exit ? status : -status }
        }
        try process.run()
        output.readLines { [observed] line in
            observed.update { $0.take(line) }
        } end: { [observed] in
            observed.finish { $0.isOver = true }
        }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var seen: Seen { observed.value }

    func type(_ line: String) throws {
        try press(line + "\n")
    }

    /// Sends keys without a return.
    func press(_ keys: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data(keys.utf8))
    }

    func endInput() throws {
        try input.fileHandleForWriting.close()
    }

    func send(signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    /// Waits for the end and returns the exit code, or minus the signal.
    func exitCode() async throws -> Int32 {
        try await exit.waits { $0 != nil }
        return exit.value ?? 0
    }

    /// Waits for the end, which has to be with this exit code, or minus this signal; otherwise its last lines are shown.
    func exits(with code: Int32, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let found = try await exitCode()
        #expect(
            found == code, "its last lines: \(seen.lines.suffix(20).joined(separator: "\n"))",
            sourceLocation: sourceLocation)
    }

    /// Returns when the condition holds; throws what was seen when the output ends without it.
    func waits(for condition: @escaping @Sendable (Seen) -> Bool) async throws {
        try await observed.waits(for: condition)
    }
}

/// A runtime directory of one test's own, removed with it.
final class RuntimeDirectory: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("meshchat-\(UUID().uuidString)").path

    init() {
        try? FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension MeshchatProcess.Seen {
    fileprivate mutating func take(_ line: String) {
        lines.append(line)
        guard let event = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
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
