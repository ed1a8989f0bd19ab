/// Cuts a stream of bytes into lines. Keeps no more than one line of the greatest length.
struct LineSplitter {
    private let maximumBytes: Int
    private var line: [UInt8] = []
    private var isTooLong = false

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    /// The lines that end within these bytes. LF ends a line, and a CR before it belongs to the
    /// end.
    mutating func take(_ bytes: [UInt8]) -> [StandardInput.Line] {
        var lines: [StandardInput.Line] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            add(rest[..<end])
            lines.append(cut())
            rest = rest[(end + 1)...]
        }
        add(rest)
        return lines
    }

    /// The last line, if the input did not end with the end of one.
    mutating func finish() -> StandardInput.Line? {
        line.isEmpty && !isTooLong ? nil : cut()
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        let room = maximumBytes - line.count
        isTooLong = isTooLong || bytes.count > room
        line += bytes.prefix(room)
    }

    private mutating func cut() -> StandardInput.Line {
        defer { (line, isTooLong) = ([], false) }
        if isTooLong { return .tooLong(beginning: String(decoding: line.prefix(40), as: UTF8.self)) }
        if line.last == 0x0D { line.removeLast() }
        return .text(String(decoding: line, as: UTF8.self))
    }
}
