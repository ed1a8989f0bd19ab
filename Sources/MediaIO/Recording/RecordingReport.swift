/// What has become of a recording so far.
public struct RecordingReport: Sendable, Hashable {
    /// The files, in their order; the last may still be written.
    public internal(set) var files: [String] = []
    /// Frames that were handed to the files.
    public internal(set) var frames = 0
    /// Frames that were received and are in no file: they came while there was no room for them
    /// (the disk was too slow or full), or their codec has no place in the format.
    public internal(set) var dropped = 0
    /// Pictures that were left out for want of a key frame.
    public internal(set) var awaitedKeyFrame = 0
    /// Packets that the network lost, as far as frames say so.
    public internal(set) var lostPackets = 0
    /// Why frames were last dropped.
    public internal(set) var lastError: MediaIOError?
}
