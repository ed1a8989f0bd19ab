/// Reads IVF: the frames of one track of video, each with its length and its time.
public struct IVFReader: MediaFileReader {
    /// Frames that are larger are refused unless another bound is given.
    public static let defaultMaximumFrameSize = 16 << 20
    /// Once it has been read.
    public private(set) var header: IVFHeader?
    private var buffer: StreamBuffer
    private let maximumFrameSize: Int

    /// - Parameter maximumFrameSize: bytes of the largest frame that is read, 1 to 2^30.
    public init(maximumFrameSize: Int = defaultMaximumFrameSize) {
        self.maximumFrameSize = min(1 << 30, max(1, maximumFrameSize))
        buffer = StreamBuffer(limit: self.maximumFrameSize + IVFHeader.frameHeaderSize)
    }

    public mutating func push(_ bytes: Span<UInt8>) throws(MediaFileError) { try buffer.append(bytes) }

    public mutating func next() throws(MediaFileError) -> MediaFileFrame? {
        let header: IVFHeader
        if let known = self.header {
            header = known
        } else {
            guard let read = try readHeader() else { return nil }
            header = read
            self.header = read
        }
        guard buffer.count >= IVFHeader.frameHeaderSize else { return nil }
        let size = Int(buffer.little(at: 0, count: 4))
        guard (0...maximumFrameSize).contains(size) else {
            throw .outOfRange(
                field: "the size of the frame at byte \(buffer.position)", value: size, allowed: 0...maximumFrameSize)
        }
        let end = IVFHeader.frameHeaderSize + size
        guard buffer.count >= end else { return nil }
        let ticks = buffer.little(at: 4, count: 8)
        guard ticks <= UInt64(Int64.max),
            let timestamp = Duration(
                ticks: Int64(ticks), numerator: Int64(header.numerator), per: Int64(header.denominator))
        else {
            throw .malformed(field: "the time of a frame", at: buffer.position + 4, problem: "above 2^40 seconds")
        }
        let bytes = buffer.bytes(IVFHeader.frameHeaderSize..<end)
        buffer.drop(end)
        return MediaFileFrame(
            bytes: bytes, timestamp: timestamp, isKeyFrame: header.codec?.isKeyFrame(bytes) ?? false)
    }

    public mutating func finish() {}

    private mutating func readHeader() throws(MediaFileError) -> IVFHeader? {
        guard buffer.count >= IVFHeader.size else { return nil }
        guard buffer.has("DKIF") else {
            throw .malformed(field: "the signature", at: buffer.position, problem: "it is not DKIF")
        }
        let size = Int(buffer.little(at: 6, count: 2))
        guard size >= IVFHeader.size else {
            throw .outOfRange(field: "the length of the header", value: size, allowed: IVFHeader.size...0xFFFF)
        }
        let (denominator, numerator) = (buffer.little(at: 16, count: 4), buffer.little(at: 20, count: 4))
        guard denominator > 0, numerator > 0 else {
            throw .malformed(field: "the time base", at: buffer.position + 16, problem: "\(numerator)/\(denominator)")
        }
        let codec = IVFHeader.fourCCs.first { buffer.has($0.1, at: 8) }?.0
        let header = IVFHeader(
            codec: codec, fourCC: String(decoding: buffer.bytes(8..<12), as: UTF8.self),
            width: Int(buffer.little(at: 12, count: 2)), height: Int(buffer.little(at: 14, count: 2)),
            denominator: UInt32(denominator), numerator: UInt32(numerator),
            frameCount: UInt32(buffer.little(at: IVFHeader.countOffset, count: 4)))
        buffer.drop(size)
        return header
    }
}
