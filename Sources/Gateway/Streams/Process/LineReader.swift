internal import NIOCore

/// Cuts what a program writes into lines; one that is too long is left out.
struct LineReader {
    private let limit: Int
    private var line: [UInt8] = []
    private var isTooLong = false
    /// How many lines were left out.
    private(set) var dropped = 0

    /// - Parameter limit: bytes of the longest line.
    init(limit: Int) { self.limit = limit }

    /// The lines that are whole now, without their ends.
    mutating func push(_ bytes: ByteBuffer) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes.readableBytesView {
            if byte == UInt8(ascii: "\n") {
                if isTooLong {
                    dropped += 1
                } else if line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }) {
                    lines.append(line)
                }
                (line, isTooLong) = ([], false)
            } else if line.count < limit, !isTooLong {
                line.append(byte)
            } else {
                (line, isTooLong) = ([], true)
            }
        }
        return lines
    }
}
