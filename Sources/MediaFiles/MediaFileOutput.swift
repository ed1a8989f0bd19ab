/// What a writer wants done to its file.
public struct MediaFileOutput: Sendable, Hashable {
    /// To be appended.
    public var bytes: [UInt8] = []
    /// To be written over what is there, after `bytes` has been appended. A stream that cannot go
    /// back may leave them out.
    public var patches: [MediaFilePatch] = []

    /// Nothing.
    public init() {}

    /// Whether there is nothing to do.
    public var isEmpty: Bool { bytes.isEmpty && patches.isEmpty }

    /// Forgets what has been done, and keeps the room for more.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 4 << 20)
        patches.removeAll(keepingCapacity: true)
    }
}

/// Bytes that take the place of as many others that are in the file already.
public struct MediaFilePatch: Sendable, Hashable {
    /// Where the first goes, counted from the beginning of the file.
    public let offset: Int
    /// The bytes.
    public let bytes: [UInt8]
}
