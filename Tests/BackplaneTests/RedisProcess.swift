import Backplane
import Foundation
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
        let port = try port ?? Self.freePort()
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

    /// Returns when the program has said this.
    func heard(_ text: String) async throws { try await process.heard(text) }

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
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard unsafe bind(descriptor, pointer, size) == 0 else { return Int32(-1) }
                return unsafe getsockname(descriptor, pointer, &size)
            }
        }
        guard status == 0 else { throw CocoaError(.fileWriteUnknown) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
