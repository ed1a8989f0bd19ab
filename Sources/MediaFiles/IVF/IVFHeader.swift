/// What stands at the beginning of an IVF file: 32 bytes, of which all numbers have their lowest
/// byte first.
public struct IVFHeader: Sendable, Hashable {
    /// What the frames are made with; nil for one that is not among ours.
    public let codec: MediaFileCodec?
    /// The four bytes that say it.
    public let fourCC: String
    /// Pixels, 0 to 65535; 0 where the writer did not know.
    public let width: Int
    /// Pixels, 0 to 65535; 0 where the writer did not know.
    public let height: Int
    /// A second has so many units of `numerator` each. 1 to 2^32 - 1.
    public let denominator: UInt32
    /// 1 to 2^32 - 1.
    public let numerator: UInt32
    /// As the header says; 0 where the writer did not get to the end, and not to be relied on.
    public let frameCount: UInt32

    static let size = 32
    static let frameHeaderSize = 12
    /// Where the number of frames stands.
    static let countOffset = 24
    static let fourCCs: [(MediaFileCodec, StaticString)] = [
        (.vp8, "VP80"), (.vp9, "VP90"), (.av1, "AV01"), (.h264, "H264"), (.h265, "HEVC"),
    ]
}
