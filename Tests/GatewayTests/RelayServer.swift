import Foundation
import TestSupport
import Testing

/// A coturn of our own on loopback that verifies credentials by the secret that it shares with the gateway.
final class RelayServer: Sendable {
    static let path = "/usr/bin/turnserver"
    static let secret = "a shared secret"
    let port: Int
    private let process: LineProcess
    private let folder: TestFolder

    var uri: String { "turn:127.0.0.1:\(port)?transport=udp" }

    /// Starts it and waits until it listens.
    init() async throws {
        folder = try TestFolder()
        let files = (try folder.write([], to: "pid"), try folder.write([], to: "db"))
        var started: (Int, LineProcess)?
        while started == nil {
            try Task.checkCancellation()
            // The system gives ports from 32768 on to whoever asks for any.
            let port = Int.random(in: 20000..<32000)
            let process = try LineProcess(
                "turnserver", "/usr/bin/stdbuf",
                [
                    "-oL", Self.path, "-n", "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--no-dtls",
                    "--no-cli", "--no-tls", "--use-auth-secret", "--static-auth-secret", Self.secret, "--realm", "test",
                    "--allow-loopback-peers", "--log-file", "stdout", "--pidfile", files.0, "--userdb", files.1,
                    "--listening-port", "\(port)",
                ], isQuiet: true)
            if try await process.heard("Total General servers", or: "Cannot bind") { started = (port, process) }
        }
        guard let started else { throw CocoaError(.executableLoad) }
        (port, process) = started
    }

    /// Ends it at once: it does not end at SIGTERM while it has allocations.
    func stop() { process.send(signal: SIGKILL) }
}

extension Trait where Self == ConditionTrait {
    /// Runs where coturn is installed; with CI=true, always.
    static var needsTURNServer: Self {
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: RelayServer.path) || TestProgram.isCI,
            "turnserver is not installed (apt install coturn)")
    }
}
