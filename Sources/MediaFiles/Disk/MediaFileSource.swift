/// Frames of a file on disk.
///
/// It reads with read(2), in pieces of 64 KiB, on the thread that asks for a frame: not on one that
/// others wait for. It is not Sendable, as it has one place in the file.
public final class MediaFileSource<Reader: MediaFileReader> {
    /// The file.
    public let path: String
    /// What reads its format; it has what is known of the file, such as its header.
    public private(set) var reader: Reader
    private let file: FileDescriptor
    private var piece = [UInt8](repeating: 0, count: 64 << 10)
    private var isAtEnd = false

    /// - Parameters:
    ///   - path: of a file that is there.
    ///   - reader: one that has read nothing.
    /// - Throws: ``FileError`` if it cannot be opened.
    public init(path: String, reader: Reader) throws(FileError) {
        self.path = path
        self.reader = reader
        file = try FileDescriptor.open(path)
    }

    /// The next frame, or nil at the end.
    ///
    /// - Throws: ``FileError`` if the file cannot be read, or is not of the format.
    public func next() throws(FileError) -> MediaFileFrame? {
        while true {
            do throws(MediaFileError) {
                if let frame = try reader.next() { return frame }
            } catch {
                throw .format(error, path: path)
            }
            guard !isAtEnd else { return nil }
            let (count, errno) = file.read(into: &piece)
            guard errno == 0 else { throw .system(operation: .read, path: path, errno: errno) }
            guard count > 0 else {
                isAtEnd = true
                reader.finish()
                continue
            }
            do throws(MediaFileError) {
                try reader.push(piece.span.extracting(..<count))
            } catch {
                throw .format(error, path: path)
            }
        }
    }
}
