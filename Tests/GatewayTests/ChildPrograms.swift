import Foundation

/// The programs that this process has started, by what their commands contain.
enum ChildPrograms {
    private struct NotRunning: Error {}

    static func running(containing text: String) -> [Int32] {
        let own = ProcessInfo.processInfo.processIdentifier
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.filter { pid in
            guard let command = read("/proc/\(pid)/cmdline"), command.contains(text),
                let status = read("/proc/\(pid)/status")
            else { return false }
            return status.contains("PPid:\t\(own)\n") && !status.contains("State:\tZ")
        }
    }

    static func kill(containing text: String) throws {
        guard let pid = running(containing: text).first else { throw NotRunning() }
        Glibc.kill(pid, SIGKILL)
    }

    private static func read(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self).replacingOccurrences(of: "\0", with: " ")
    }
}
