/// How much a session description may hold before it is refused, so that hostile text costs a
/// bounded amount of work.
public struct SDPLimits: Sendable, Hashable {
    /// The size of the whole text in bytes of UTF-8.
    public var bytes: Int
    /// The number of lines.
    public var lines: Int
    /// The number of media descriptions (`m=` lines).
    public var mediaDescriptions: Int

    /// 1 MiB, 20,000 lines and 1,024 media descriptions unless told otherwise: ten times what the
    /// largest conference offers.
    public init(bytes: Int = 1 << 20, lines: Int = 20_000, mediaDescriptions: Int = 1_024) {
        self.bytes = bytes
        self.lines = lines
        self.mediaDescriptions = mediaDescriptions
    }
}
