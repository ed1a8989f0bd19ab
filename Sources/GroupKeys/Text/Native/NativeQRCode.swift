internal import CQREncode

/// libqrencode's part of a ``QRCode``.
enum NativeQRCode {
    /// The squares of a text without zeros, row by row.
    static func encode(_ text: String) throws(GroupKeyError) -> (width: Int, modules: [Bool]) {
        // Without regard to case only for what has none: others keep theirs.
        let hasCase = text.utf8.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        // SAFETY: the text ends with a zero and lives through the call. The code is ours until it
        // is freed, behind the copy, and has `width` times `width` bytes of data.
        guard let code = unsafe QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, hasCase ? 1 : 0) else {
            throw GroupKeyError(.library, "libqrencode makes no code of this text")
        }
        defer { unsafe QRcode_free(code) }
        let width = unsafe Int(code.pointee.width)
        guard width > 0, let data = unsafe code.pointee.data else {
            throw GroupKeyError(.library, "libqrencode made an empty code")
        }
        let squares = unsafe UnsafeBufferPointer(start: data, count: width * width)
        // The lowest bit says whether a square is dark.
        return (width, unsafe squares.map { $0 & 1 == 1 })
    }
}
