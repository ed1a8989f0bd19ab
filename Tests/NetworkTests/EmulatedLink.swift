import Foundation
import TestSupport
import Testing

/// Two network namespaces joined by `linkem`, for as long as a test needs them. Nothing outlives the test's process: the
/// link stands as long as its standard input is open.
final class EmulatedLink: Sendable {
    private let process: LineProcess
    /// The namespaces at the ends.
    let ends: (a: String, b: String)

    /// - Parameter options: linkem's.
    init(_ options: String...) async throws {
        let name = "rtc\(ProcessInfo.processInfo.processIdentifier)x\(NetworkNumber.next())"
        ends = (name + "a", name + "b")
        process = try LineProcess(
            "linkem", LineProcess.product("linkem"),
            ["--a", ends.a, "--b", ends.b] + options + ["--", "sh", "-c", "echo up; exec cat >/dev/null"])
        _ = try await process.line("up")
    }

    /// Starts a product of this package at one end.
    func start(_ program: String, at end: String, _ arguments: [String]) throws -> LineProcess {
        try LineProcess(
            program, "/usr/bin/env", ["ip", "netns", "exec", end, LineProcess.product(program)] + arguments)
    }

    /// No packet passes from here on; with `--cut-ms`, for that time.
    func cut() { process.send(signal: SIGUSR1) }

    /// Takes the link down.
    func remove() async { _ = await process.end() }

    /// What is missing to make a link here; nil if it can be made. With CI=true it has to be possible.
    static let obstacle: String? = {
        if ProcessInfo.processInfo.environment["CI"] == "true" { return nil }
        guard geteuid() == 0 else { return "network namespaces need root" }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: LineProcess.product("linkem"))
        let name = "rtc\(ProcessInfo.processInfo.processIdentifier)p"
        process.arguments = ["--a", name + "a", "--b", name + "b", "--", "true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return "linkem is not built" }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? nil : "linkem cannot make a link here: it needs ip and /dev/net/tun"
    }()
}

extension Trait where Self == ConditionTrait {
    /// Runs the tests where a link between network namespaces can be made.
    static var needsLink: Self {
        .enabled(if: EmulatedLink.obstacle == nil, "\(EmulatedLink.obstacle ?? "a link can be made")")
    }
}
