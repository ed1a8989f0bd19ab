import Foundation
import Synchronization

/// The lines between the test and this process.
///
/// In: `description BASE64`, then at any time `restart` (of ICE, by an offer), `description BASE64` (of a restart), `pair`,
/// `progress` and `finish`; at the end of input the connection is closed. Out: `description BASE64`, `connection STATE`,
/// `open`, `received COUNT` now and then, `progressed COUNT`, `pair LOCAL REMOTE`, `refused SERVER ERROR`, `sent COUNT`, `closed ERROR`,
/// `result JSON`, `error TEXT`, `diagnosis TEXT`, `over`.
final class Console: Sendable {
    private let lines: AsyncStream<String>
    private let output = Mutex(())

    init() {
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        // Standard input blocks, so it has a thread of its own.
        Thread.detachNewThread {
            while let line = readLine() { feed.yield(line) }
            feed.finish()
        }
    }

    /// Writes a line at once.
    func say(_ word: String, _ rest: String = "") {
        let line = rest.isEmpty ? word : "\(word) \(rest)"
        output.withLock { _ in
            try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
        }
    }

    /// The description that the test hands over.
    func description() async throws -> String {
        for await line in lines {
            if let text = Self.description(in: line) { return text }
        }
        throw CancellationError()
    }

    /// The text of a line `description BASE64`; nil for another line.
    static func description(in line: String) -> String? {
        let words = line.split(separator: " ")
        guard words.count == 2, words[0] == "description", let text = Data(base64Encoded: String(words[1])) else {
            return nil
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The lines that come from now on. One task at a time.
    var inputs: AsyncStream<String> { lines }

    /// Waits for the end of input. One task at a time.
    func waitsForEnd() async {
        for await _ in lines {}
    }

    /// A text as one word.
    func encode(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
