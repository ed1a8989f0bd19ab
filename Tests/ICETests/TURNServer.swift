import CNice  // Glibc's types are this module's or Foundation's, whichever the compiler loads first.
import Foundation
import TestSupport
import Testing

@testable import ICE

/// A coturn of our own on loopback, with its files in a folder of its own.
final class TURNServer: Sendable {
    static let path = "/usr/bin/turnserver"
    static let isMissing = !FileManager.default.isExecutableFile(atPath: path)
    /// Over UDP and TCP, and with certificates over TLS.
    let port: UInt16
    private let process: LineProcess
    private let folder: String

    /// Starts it and waits until it listens.
    ///
    /// - Parameter certificate: the files of a certificate and its key: it listens for TLS then,
    ///   and for nothing else.
    init(certificate: (certificate: String, key: String)? = nil) async throws {
        folder = NSTemporaryDirectory() + "turnserver-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var started: (UInt16, LineProcess)?
        while started == nil {
            try Task.checkCancellation()
            started = try await Self.start(in: folder, certificate)
        }
        guard let started else { throw CocoaError(.executableLoad) }
        (port, process) = started
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Ends it at once: it does not end at SIGTERM while it has allocations, and nothing of it is
    /// kept.
    func stop() { process.send(signal: SIGKILL) }

    /// Ends it and waits until its port is free.
    func stopped() async {
        stop()
        _ = await process.end()
    }

    /// Nil when somebody else has taken the port in the meantime: coturn would try to get it for
    /// ever.
    private static func start(
        in folder: String, _ certificate: (certificate: String, key: String)?
    ) async throws -> (UInt16, LineProcess)? {
        // The system gives ports from 32768 on to whoever asks for any: one of those would be
        // somebody else's soon.
        let port = UInt16.random(in: 20000..<32000)
        guard isFree(port, SOCK_DGRAM), isFree(port, SOCK_STREAM) else { return nil }
        var arguments = [
            // Line by line: the line that says that it listens would stay in the buffer of a pipe.
            "-oL", path, "-n", "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--no-dtls", "--no-cli",
            "--lt-cred-mech", "--user", "alice:secret", "--realm", "test", "--allow-loopback-peers", "--log-file",
            "stdout", "--pidfile", folder + "/pid", "--userdb", folder + "/db",
        ]
        if let certificate {
            arguments += [
                "--tls-listening-port", "\(port)", "--cert", certificate.certificate, "--pkey", certificate.key,
                "--no-udp", "--no-tcp",
            ]
        } else {
            arguments += ["--listening-port", "\(port)", "--no-tls"]
        }
        let process = try LineProcess("turnserver", "/usr/bin/stdbuf", arguments, isQuiet: true)
        if try await process.heard("Total General servers", or: "Cannot bind") { return (port, process) }
        process.send(signal: SIGKILL)
        return nil
    }

    private static func isFree(_ port: UInt16, _ type: __socket_type) -> Bool {
        let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
        defer { close(descriptor) }
        var address = FakeSTUNServer.loopback(port)
        // SAFETY: bind is told the size of the address.
        return unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        } == 0
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs where coturn is installed; with CI=true, always.
    static var needsTURNServer: Self {
        .enabled(
            if: !TURNServer.isMissing || ProcessInfo.processInfo.environment["CI"] == "true",
            "turnserver is not installed (apt install coturn)")
    }

    /// Runs where the program openssl is installed; with CI=true, always.
    static var needsOpenSSL: Self {
        .enabled(
            if: !TestCertificates.isMissing || ProcessInfo.processInfo.environment["CI"] == "true",
            "openssl is not installed (apt install openssl)")
    }
}
