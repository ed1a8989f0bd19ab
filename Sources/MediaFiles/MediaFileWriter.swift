/// Writes a format as a value: frames in, bytes of the file out. It does nothing to a file itself.
///
/// A copy of one that has written nothing writes the next file.
public protocol MediaFileWriter: Sendable {
    /// Whether another file may begin with a frame: it is a key frame of video, or the file has no
    /// video.
    ///
    /// - Parameter frame: one that has not been appended.
    func canBegin(with frame: MediaFileFrame) -> Bool

    /// Tracks of video whose first key frame the file waits for, from 0: it begins sooner, and with
    /// all of them, if their senders are asked for one.
    var awaitedTracks: [Int] { get }

    /// Takes a frame. What was held back to be put in order may come out with it.
    ///
    /// - Parameters:
    ///   - frame: what is to be in the file.
    ///   - output: what is to be done to the file is added to it.
    /// - Throws: ``MediaFileError`` if the frame cannot be in the file; the writer goes on with the
    ///   next one as if this had not been.
    mutating func append(_ frame: MediaFileFrame, to output: inout MediaFileOutput) throws(MediaFileError)

    /// Writes what has been held back, and what only the end tells. Nothing comes after it.
    ///
    /// - Parameter output: what is to be done to the file is added to it.
    mutating func finish(to output: inout MediaFileOutput)
}
