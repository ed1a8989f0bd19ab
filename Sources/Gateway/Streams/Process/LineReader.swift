internal import NIOCore

/// Cuts what a program writes into lines; one that is too long is left out.
struct LineReader {
    private let limit: Int
    private var line: [UInt8] = []
    private var isTooLong = false
    /// How much of it has come since it was counted.
    private var excess = 0
    /// How many lines were left out, the one that goes on among them.
    private(set) var dropped = 0

    /// - Parameter limit: bytes of the longest line.
    init(limit: Int) { self.limit = limit }

    /// The lines that are whole now, without their ends.
    mutating func push(_ bytes: ByteBuffer) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes.readableBytesView[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            let piece = rest[..<(end ?? rest.endIndex)]
            if !isTooLong, line.count + piece.count <= limit {
                line += piece
            } else {
                // One that never ends counts again and again.
                excess = isTooLong ? excess + piece.count : 0
                if !isTooLong || excess > limit {
                    dropped += 1
                    excess = 0
                }
                (line, isTooLong) = ([], true)
            }
            guard let end else { break }
            if line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }) { lines.append(line) }
            (line, isTooLong) = ([], false)
            rest = rest[rest.index(after: end)...]
        }
        return lines
    }
}
