import Foundation

/// Programs that the tests compare with or take keys from. Where one is missing the tests that need it are skipped;
/// where `CI` is set they fail.
enum TestProgram {
    static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"

    /// Runs a program to its end; its words are standard output and error together.
    static func run(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        // Python's packages may stand in the build folder.
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        var environment = ProcessInfo.processInfo.environment
        environment["PYTHONPATH"] = [root + "/.build/python", environment["PYTHONPATH"]].compactMap { $0 }
            .joined(separator: ":")
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { end.yield($0.terminationStatus) }
        try process.run()
        // The few words these programs say fit into the pipe, so they end without being read.
        for await status in ends {
            return (status, String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self))
        }
        throw CancellationError()
    }

    /// Whether `openssl` is there.
    static func hasOpenSSL() async -> Bool {
        if isCI { return true }
        return (try? await run(["openssl", "version"]))?.status == 0
    }

    /// What `openssl` writes.
    static func openssl(_ arguments: String...) async throws -> String {
        let (status, output) = try await run(["openssl"] + arguments)
        guard status == 0 else { throw CocoaError(.executableLoad, userInfo: ["output": output]) }
        return output
    }

    /// A Python with PyJWT and its cryptography, if there is one: `python3` of the path, or the system's, which has
    /// Debian's python3-jwt.
    static func pythonWithJWT() async -> String? {
        for python in ["python3", "/usr/bin/python3"] {
            let test = "import jwt, cryptography; jwt.encode"
            if (try? await run([python, "-c", test]))?.status == 0 { return python }
        }
        return nil
    }
}
