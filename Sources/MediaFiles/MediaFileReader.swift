/// Reads a format from bytes as they come, at any size of pieces.
///
/// Pull all frames after each push: it holds at most a frame and the last piece then.
public protocol MediaFileReader: Sendable {
    /// Takes the next bytes of the file.
    ///
    /// - Parameter bytes: any number of them.
    /// - Throws: ``MediaFileError`` if so much has not been pulled that no frame is as large.
    mutating func push(_ bytes: Span<UInt8>) throws(MediaFileError)

    /// The next frame, or nil until more bytes come.
    ///
    /// - Throws: ``MediaFileError`` where the bytes are no such file. Nothing can be read behind
    ///   that.
    mutating func next() throws(MediaFileError) -> MediaFileFrame?

    /// Says that no more bytes come; frames may still be pulled. A file that was cut off ends with
    /// the last frame that is whole.
    mutating func finish()
}
