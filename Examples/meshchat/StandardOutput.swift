import Foundation

/// Standard output, a whole line at a time and without a buffer, so that a reader of the pipe sees each at once.
enum StandardOutput {
    static func write(_ data: Data) {
        // A reader that has gone is no reason to fail: the chat goes on, or ends with its input.
        try? FileHandle.standardOutput.write(contentsOf: data)
    }

    static func write(line: String) {
        write(Data((line + "\n").utf8))
    }

    static var isTerminal: Bool { isatty(1) == 1 }
}
