import Foundation
import TestSupport
import Testing

/// Hosts in network namespaces, as `testnet.sh` makes them, for as long as a test needs them.
final class TestNetwork: Sendable {
    private let process: LineProcess
    private let prefix: String

    /// - Parameter kind: `lan`, or `nats` and the kinds of both NATs.
    init(_ kind: String...) async throws {
        prefix = "rtc\(ProcessInfo.processInfo.processIdentifier)n\(NetworkNumber.next())"
        process = try LineProcess(
            "testnet", "/bin/bash", [Self.script("testnet.sh"), prefix] + kind, endsWithInput: true)
        _ = try await process.line("up")
    }

    /// Runs a command on a host and waits for its end.
    func run(_ command: String, on host: String) async throws {
        let place = process.lines.count
        try process.say("\(host) \(command)")
        let (status, _) = try await process.line("done", from: place)
        guard status == "0" else {
            throw LineProcess.Ended(description: "'\(command)' on \(host) ended with \(status)")
        }
    }

    /// Starts a program on a host.
    func start(_ name: String, _ path: String, on host: String, _ arguments: [String]) throws -> LineProcess {
        try LineProcess(name, "/usr/bin/env", ["ip", "netns", "exec", prefix + host, path] + arguments)
    }

    /// Starts one end of a connection on a host.
    func peer(_ role: String, on host: String, _ options: [String] = []) throws -> LineProcess {
        try start("linkpeer \(role)", LineProcess.product("linkpeer"), on: host, ["--role", role] + options)
    }

    func remove() async { _ = await process.end() }

    static func script(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("TestSupport/\(name)").path
    }

    static func has(_ program: String) -> Bool {
        ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"]
            .contains { FileManager.default.isExecutableFile(atPath: $0 + program) }
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs the tests where network namespaces can be made and these programs are installed; with CI=true, always.
    static func needsNetwork(_ programs: String...) -> Self {
        let missing = programs.filter { !TestNetwork.has($0) }
        let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
        return .enabled(
            if: isCI || EmulatedLink.obstacle == nil && missing.isEmpty,
            "\(EmulatedLink.obstacle ?? "these programs are missing: \(missing.joined(separator: " "))")")
    }
}
