import Backplane
import Foundation
import NIOCore
import NIOPosix
import TestSupport

/// A redis-server of one test, or a sentinel: on a free port, without anything that lasts.
final class RedisProcess: Sendable {
    static let server = "/usr/bin/redis-server"

    /// Whether tests that need it run: where it is missing they fail if `CI` is set, and are skipped otherwise.
    static let isExpected = TestProgram.isCI || FileManager.default.isExecutableFile(atPath: server)

    let port: Int
    private let folder: TestFolder
    private let process: LineProcess

    /// Starts one, and returns when it accepts connections.
    ///
    /// - Parameters:
    ///   - port: nil for a free one.
    ///   - settings: lines of its configuration.
    init(port: Int? = nil, _ settings: [String] = [], isSentinel: Bool = false) async throws {
        let free = try await Self.freePort()
        let port = port ?? free
        self.port = port
        folder = try TestFolder()
        var lines = ["bind 127.0.0.1", "daemonize no", "dir \(folder.folder)", "logfile \"\""]
        if !settings.contains(where: { $0.hasPrefix("tls-port") }) { lines.append("port \(port)") }
        if !isSentinel { lines += ["save \"\"", "appendonly no"] }
        let file = try folder.write(Array((lines + settings).joined(separator: "\n").utf8), to: "redis.conf")
        process = try LineProcess(
            "redis", Self.server, [file] + (isSentinel ? ["--sentinel"] : []), isQuiet: true)
        if isSentinel {
            try await process.heard("+monitor")
        } else {
            try await process.heard("eady to accept connections")
        }
    }

    func send(signal: Int32) { process.send(signal: signal) }

    /// Returns when the program has said one of these.
    func heard(_ text: String, or other: String? = nil) async throws { _ = try await process.heard(text, or: other) }

    func kill() async {
        process.send(signal: SIGKILL)
        _ = await process.end()
    }

    /// One command by redis-cli, and what was answered.
    @discardableResult
    func ask(_ command: String...) async throws -> String {
        try await TestProgram.run(["redis-cli", "-p", String(port)] + command).output
    }

    func configuration(_ change: (inout RedisConfiguration) -> Void = { _ in }) -> RedisConfiguration {
        var configuration = RedisConfiguration(host: "127.0.0.1", port: port)
        configuration.pingInterval = .milliseconds(200)
        change(&configuration)
        return configuration
    }

    /// A port that nobody listens on now.
    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port
        try await channel.close()
        guard let port else { throw CocoaError(.featureUnsupported) }
        return port
    }
}
