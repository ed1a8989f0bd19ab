/// Text that would be dear to compare: comparing one with many combining marks in a row takes time
/// that grows with the square of their number.
package struct DearText {
    /// No more bytes in a row than this are outside ASCII.
    package static let longestRun = 256

    private var run = 0

    init() {}

    /// Takes the next byte of a text; true where the text is dear by it.
    mutating func take(_ byte: UInt8) -> Bool {
        run = byte < 0x80 ? 0 : run + 1
        return run > Self.longestRun
    }

    /// Whether a text is.
    package static func isFound(in text: String) -> Bool {
        var dear = DearText()
        return text.utf8.contains { dear.take($0) }
    }
}
