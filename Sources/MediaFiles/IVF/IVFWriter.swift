/// Writes IVF: VP8, VP9 or AV1. It begins with the first key frame, whose size goes into the
/// header; frames before that are left out.
///
/// The number of frames in the header is 0 until ``finish(to:)``, which players take for unknown:
/// what is on disk before is read up to the last whole frame.
public struct IVFWriter: MediaFileWriter {
    /// Units of time in a second.
    public static let clockRate: UInt32 = 90000
    /// What it can hold.
    public static let codecs: [MediaFileCodec] = [.vp8, .vp9, .av1]
    /// How many frames have been written.
    public private(set) var frameCount = 0
    private let codec: MediaFileCodec
    private var first: Duration?
    private var last: Int64 = -1
    private var isFinished = false

    /// - Parameter codec: VP8, VP9 or AV1.
    /// - Throws: ``MediaFileError/codec(_:format:allowed:)`` for another.
    public init(codec: MediaFileCodec) throws(MediaFileError) {
        guard Self.codecs.contains(codec) else { throw .codec(codec, format: "IVF", allowed: Self.codecs) }
        self.codec = codec
    }

    /// Times begin at 0 with the first frame, and each is at least a 90000th of a second after the
    /// one before.
    public mutating func append(
        _ frame: MediaFileFrame, to output: inout MediaFileOutput
    ) throws(MediaFileError) {
        guard !isFinished else { throw .finished }
        guard frame.track == 0 else { throw .noSuchTrack(frame.track, count: 1) }
        guard (1...Int(UInt32.max)).contains(frame.bytes.count) else {
            throw .outOfRange(
                field: "the length of a frame", value: frame.bytes.count, allowed: 1...Int(UInt32.max))
        }
        if first == nil {
            guard frame.isKeyFrame, let size = PictureSize(keyFrame: frame.bytes, codec: codec) else { return }
            first = frame.timestamp
            writeHeader(size, to: &output.bytes)
        }
        last = max(last + 1, (frame.timestamp - (first ?? .zero)).ticks(per: Int64(Self.clockRate)))
        output.bytes.append(little: UInt32(frame.bytes.count))
        output.bytes.append(little: last)
        output.bytes += frame.bytes
        frameCount += 1
    }

    public var awaitedTracks: [Int] { first == nil ? [0] : [] }

    public func canBegin(with frame: MediaFileFrame) -> Bool { frame.isKeyFrame }

    public mutating func finish(to output: inout MediaFileOutput) {
        guard !isFinished else { return }
        isFinished = true
        guard frameCount > 0 else { return }
        var count: [UInt8] = []
        count.append(little: UInt32(clamping: frameCount))
        output.patches.append(MediaFilePatch(offset: IVFHeader.countOffset, bytes: count))
    }

    private func writeHeader(_ size: PictureSize, to bytes: inout [UInt8]) {
        bytes += "DKIF".utf8
        bytes.append(little: UInt16(0))
        bytes.append(little: UInt16(IVFHeader.size))
        for (other, fourCC) in IVFHeader.fourCCs where other == codec { bytes += String(describing: fourCC).utf8 }
        bytes.append(little: UInt16(clamping: size.width))
        bytes.append(little: UInt16(clamping: size.height))
        bytes.append(little: Self.clockRate)
        bytes.append(little: UInt32(1))
        bytes.append(little: UInt64(0))
    }
}
