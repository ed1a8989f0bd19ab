/// Bytes as capital letters and the digits 2 to 7, without padding (RFC 4648 §6): what a QR code
/// holds in few squares.
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// The letters for some bytes; the last one is filled with zeros.
    static func write(_ bytes: [UInt8]) -> String {
        var letters: [UInt8] = []
        var (held, width) = (0, 0)
        for byte in bytes {
            held = held << 8 | Int(byte)
            width += 8
            while width >= 5 {
                width -= 5
                letters.append(alphabet[held >> width & 31])
            }
            held &= 1 << width - 1
        }
        if width > 0 { letters.append(alphabet[held << (5 - width) & 31]) }
        return String(decoding: letters, as: UTF8.self)
    }

    /// The bytes, or nil unless these are the letters that ``write(_:)`` makes of `count` of them.
    static func read(_ text: String, count: Int) -> [UInt8]? {
        guard text.utf8.count == (8 * count + 4) / 5 else { return nil }
        var bytes: [UInt8] = []
        var (held, width) = (0, 0)
        for letter in text.utf8 {
            guard let value = alphabet.firstIndex(of: letter) else { return nil }
            held = held << 5 | value
            width += 5
            if width >= 8 {
                width -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> width))
            }
            held &= 1 << width - 1
        }
        return held == 0 && bytes.count == count ? bytes : nil
    }
}
