import Foundation
import TestSupport

/// A shell command about the built program, which is its `$0`; what it writes is kept.
final class LineRun: Sendable {
    private let process = Process()
    private let runtime: RuntimeDirectory
    private let observed = Observed((lines: [String](), isOver: false))

    init(_ script: String, in runtime: RuntimeDirectory) throws {
        self.runtime = runtime
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script, LineProcess.product("meshchat")]
        process.environment = ProcessInfo.processInfo.environment
            .merging(["XDG_RUNTIME_DIR": runtime.path]) { _, new in new }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        output.readLines { [observed] line in
            observed.update { $0.lines.append(line) }
        } end: { [observed] in
            observed.finish { $0.isOver = true }
        }
    }

    /// What follows `prefix` in the first line that begins so.
    func line(_ prefix: String) async throws -> String {
        try await observed.waits { $0.lines.contains { $0.hasPrefix(prefix) } }
        return observed.value.lines.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) } ?? ""
    }

    /// All that it wrote, once it has ended.
    func output() async throws -> String {
        try await observed.waits { $0.isOver }
        return observed.value.lines.joined(separator: "\n")
    }
}
