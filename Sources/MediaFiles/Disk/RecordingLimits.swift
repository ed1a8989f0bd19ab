/// When a recording goes on in another file. It does with the next frame that a file can begin
/// with, so that files are a little longer and larger than said.
public struct RecordingLimits: Sendable, Hashable {
    /// Bytes of a file; nil for any number.
    public var size: Int?
    /// From a file's first frame on; nil for any time.
    public var duration: Duration?

    /// - Parameters:
    ///   - size: bytes of a file.
    ///   - duration: from a file's first frame on.
    public init(size: Int? = nil, duration: Duration? = nil) {
        self.size = size
        self.duration = duration
    }

    /// One file, whatever comes.
    public static var none: RecordingLimits { RecordingLimits() }
}
