/// What has become of a recording so far.
public struct RecordingReport: Sendable, Hashable {
    /// How many names ``files`` has at most.
    static let maximumFiles = 1000
    /// The files, in their order; the last may still be written. Of more than 1000, as many from
    /// the end: limits that ask for another file every second lead to that.
    public internal(set) var files: [String] = []
    /// How many files there are. A recording without ``MediaRecorder/Options/limits`` has 257 at
    /// most, whatever is received.
    public internal(set) var fileCount = 0
    /// Frames that were handed to the files.
    public internal(set) var frames = 0
    /// Frames that were received and are in no file: they came while there was no room for them
    /// (the disk was too slow or full), their codec has no place in the format, or they need
    /// another file less than 2 s after the last that began for such a reason. Sizes of a picture
    /// that are not recorded are not counted.
    public internal(set) var dropped = 0
    /// Pictures that were left out for want of a key frame.
    public internal(set) var awaitedKeyFrame = 0
    /// Packets that the network lost, as far as frames say so.
    public internal(set) var lostPackets = 0
    /// Why frames were last dropped.
    public internal(set) var lastError: MediaIOError?

    /// Another file has begun.
    mutating func note(file path: String) {
        if files.count >= Self.maximumFiles { files.removeFirst() }
        files.append(path)
        fileCount += 1
    }
}
