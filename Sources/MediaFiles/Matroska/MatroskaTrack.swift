/// A track of a Matroska file that is read (RFC 9559 §5.1.4).
public struct MatroskaTrack: Sendable, Hashable {
    /// The number that blocks call it by.
    public fileprivate(set) var number: UInt64 = 0
    /// Nil for one that is not among ours; its frames are given as they are.
    public fileprivate(set) var codec: MediaFileCodec?
    /// The file's own name for the codec.
    public fileprivate(set) var codecID = ""
    /// What the file holds for the decoder.
    public fileprivate(set) var privateData: [UInt8] = []
    /// What a player calls it.
    public fileprivate(set) var name = ""
    /// Of video, if the file says it.
    public fileprivate(set) var size: PictureSize?
    /// Of audio; 0 for video.
    public fileprivate(set) var channels = 0
    /// Samples of audio a second; 0 for video.
    public fileprivate(set) var sampleRate: Double = 0
    /// What a decoder is late, which has been taken off the frames' times.
    public fileprivate(set) var codecDelay: Duration = .zero
    /// From one frame to the next, if the file says it.
    public fileprivate(set) var defaultDuration: Duration?

    /// The same bytes at the beginning of each frame, which the file leaves out.
    var prefix: [UInt8] = []
    /// Of H.264 and H.265.
    var record: DecoderRecord?
    /// Whether frames are compressed or encrypted in a way that is not known here.
    var isEncoded = false
}

extension MatroskaTrack {
    private static let maximumAddition = 1 << 16

    /// Reads a TrackEntry; nil if it is none.
    init?(_ bytes: [UInt8], _ entry: Range<Int>) throws(MediaFileError) {
        var (width, height) = (0, 0)
        let isWhole = try EBMLElements.forEach(in: bytes, entry) { id, range throws(MediaFileError) in
            switch id {
            case MatroskaID.trackNumber: number = EBMLElements.unsigned(bytes, range)
            case MatroskaID.codecID: codecID = EBMLElements.text(bytes, range)
            case MatroskaID.codecPrivate: privateData = Array(bytes[range])
            case MatroskaID.name: name = EBMLElements.text(bytes, range)
            case MatroskaID.codecDelay: codecDelay = Self.duration(EBMLElements.unsigned(bytes, range)) ?? .zero
            case MatroskaID.defaultDuration: defaultDuration = Self.duration(EBMLElements.unsigned(bytes, range))
            case MatroskaID.video:
                _ = try EBMLElements.forEach(in: bytes, range) { id, range in
                    let value = Int(truncatingIfNeeded: EBMLElements.unsigned(bytes, range))
                    if id == MatroskaID.pixelWidth { width = value }
                    if id == MatroskaID.pixelHeight { height = value }
                }
            case MatroskaID.audio:
                (channels, sampleRate) = (1, 8000)
                _ = try EBMLElements.forEach(in: bytes, range) { id, range in
                    if id == MatroskaID.channels {
                        channels = Int(clamping: min(255, EBMLElements.unsigned(bytes, range)))
                    }
                    if id == MatroskaID.samplingFrequency { sampleRate = EBMLElements.float(bytes, range) }
                }
            case MatroskaID.contentEncodings: try readEncodings(bytes, range)
            default: break
            }
        }
        guard isWhole, number > 0 else { return nil }
        size = PictureSize(width: width, height: height)
        codec = MatroskaCodec.codec(id: codecID, privateData: privateData)
        if let codec, codec == .h264 || codec == .h265 { record = try DecoderRecord(privateData, codec: codec) }
        // What is put in front of each frame may not be much larger than the frame.
        if prefix.count > Self.maximumAddition { isEncoded = true }
    }

    /// Of the ways to write frames otherwise, the one that leaves out what all begin with is known
    /// (RFC 9559 §5.1.4.1.31).
    private mutating func readEncodings(_ bytes: [UInt8], _ range: Range<Int>) throws(MediaFileError) {
        var count = 0
        _ = try EBMLElements.forEach(in: bytes, range) { id, range throws(MediaFileError) in
            guard id == MatroskaID.contentEncoding else { return }
            count += 1
            var isStripping = false
            _ = try EBMLElements.forEach(in: bytes, range) { id, range throws(MediaFileError) in
                guard id == MatroskaID.contentCompression else { return }
                _ = try EBMLElements.forEach(in: bytes, range) { id, range in
                    if id == MatroskaID.contentCompAlgo { isStripping = EBMLElements.unsigned(bytes, range) == 3 }
                    if id == MatroskaID.contentCompSettings { prefix = Array(bytes[range]) }
                }
            }
            if !isStripping { isEncoded = true }
        }
        if count > 1 { isEncoded = true }
    }

    /// Nanoseconds; nil for more than a file can mean.
    private static func duration(_ nanoseconds: UInt64) -> Duration? {
        nanoseconds < 1 << 62 ? .nanoseconds(Int64(nanoseconds)) : nil
    }
}
