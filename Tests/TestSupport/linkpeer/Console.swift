import Foundation
import Synchronization

/// The lines between the test and this process.
///
/// In: `description BASE64`, then `finish`; at the end of input the connection is closed. Out: `description BASE64`, `connection STATE`, `open`,
/// `received COUNT` now and then, `sent COUNT`, `closed ERROR`, `result JSON`, `error TEXT`, `over`.
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
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "description", let text = Data(base64Encoded: String(words[1])) {
                return String(decoding: text, as: UTF8.self)
            }
        }
        throw CancellationError()
    }

    /// Waits for a word, or the end of input. One task at a time.
    func waits(for word: String) async {
        for await line in lines where line == word { return }
    }

    /// Waits for the end of input. One task at a time.
    func waitsForEnd() async {
        for await _ in lines {}
    }

    /// A text as one word.
    func encode(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
