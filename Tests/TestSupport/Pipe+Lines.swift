package import Foundation

extension Pipe {
    /// Reads what a program that runs already writes here, on a thread of its own: a readabilityHandler sometimes misses the
    /// end that comes right behind the last bytes.
    ///
    /// - Parameters:
    ///   - take: gets each line, without its end.
    ///   - end: called once, when nothing more comes.
    package func readLines(_ take: @escaping @Sendable (String) -> Void, end: @escaping @Sendable () -> Void) {
        // The end of the program is the end of its output only if nobody else can write there, this process included.
        try? fileHandleForWriting.close()
        let handle = fileHandleForReading
        Thread.detachNewThread {
            var splitter = LineSplitter()
            while case let data = handle.availableData, !data.isEmpty { splitter.append(data).forEach(take) }
            end()
        }
    }
}

/// Cuts a stream of bytes into lines.
package struct LineSplitter: Sendable {
    private var rest = Data()

    /// Begins with nothing.
    package init() {}

    /// The lines that `data` completes.
    package mutating func append(_ data: Data) -> [String] {
        rest.append(data)
        var lines: [String] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
            rest = Data(rest[rest.index(after: end)...])
        }
        return lines
    }
}
