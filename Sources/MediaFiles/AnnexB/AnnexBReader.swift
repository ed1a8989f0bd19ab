/// Reads a stream of H.264 or H.265 with start codes (Annex B of either), and cuts it into access
/// units.
///
/// An access unit begins with a delimiter, a parameter set or what else stands in front of a
/// picture, or else with the first slice of a picture (H.264 §7.4.1.2.3, H.265 §7.4.2.4.4). So
/// parameter sets are with the key frame behind them. What stands before the first start code is
/// left out; one behind the other, the frames are the rest of the file, byte for byte.
///
/// The stream has no times in it. Frames follow each other at a distance that is given.
public struct AnnexBReader: MediaFileReader {
    /// Access units that are larger are refused unless another bound is given.
    public static let defaultMaximumFrameSize = 16 << 20
    private let codec: MediaFileCodec
    private let frameDuration: Duration
    private let maximumFrameSize: Int
    private var buffer: StreamBuffer
    /// How far start codes have been looked for.
    private var scanned = 0
    /// Whether the access unit at the beginning of the buffer has begun, has a picture, has a key.
    private var (hasBegun, hasPicture, isKey) = (false, false, false)
    private var frameCount = 0
    private var isFinished = false

    /// - Parameters:
    ///   - codec: H.264 or H.265.
    ///   - frameDuration: from one frame to the next; below 0 counts as 0.
    ///   - maximumFrameSize: bytes of the largest access unit that is read, 1 to 2^30.
    /// - Throws: ``MediaFileError/codec(_:format:allowed:)`` for another codec.
    public init(
        codec: MediaFileCodec, frameDuration: Duration = .seconds(1) / 25,
        maximumFrameSize: Int = defaultMaximumFrameSize
    ) throws(MediaFileError) {
        guard codec == .h264 || codec == .h265 else {
            throw .codec(codec, format: "Annex B", allowed: [.h264, .h265])
        }
        self.codec = codec
        self.frameDuration = max(.zero, frameDuration)
        self.maximumFrameSize = min(1 << 30, max(1, maximumFrameSize))
        buffer = StreamBuffer(limit: self.maximumFrameSize)
    }

    public mutating func push(_ bytes: Span<UInt8>) throws(MediaFileError) { try buffer.append(bytes) }

    public mutating func finish() { isFinished = true }

    public mutating func next() throws(MediaFileError) -> MediaFileFrame? {
        var isWaiting = false
        while let code = buffer.startCode(from: scanned) {
            // The byte behind the unit's header says whether a picture begins: it has to be there.
            let header = code + 3
            let third = header + (codec == .h264 ? 1 : 2)
            guard buffer.count > third || isFinished && buffer.count > header else {
                (scanned, isWaiting) = (code, true)
                break
            }
            let kind = NALUnits.kind(
                first: buffer[header], afterHeader: third < buffer.count ? buffer[third] : nil, codec: codec)
            // A zero in front of the start code belongs to it.
            let start = code > 0 && buffer[code - 1] == 0 ? code - 1 : code
            guard hasBegun else {
                buffer.drop(start)
                hasBegun = true
                note(kind, code: code - start)
                continue
            }
            if hasPicture, Self.begins(kind) { return take(start) }
            note(kind, code: code)
        }
        if !isWaiting {
            // The last two bytes may begin a start code, and a zero may stand in front of it.
            scanned = max(scanned, buffer.count - 2)
            if !hasBegun {
                let junk = max(0, buffer.count - 3)
                buffer.drop(junk)
                scanned = max(0, scanned - junk)
            }
        }
        guard buffer.count <= maximumFrameSize else {
            throw .outOfRange(
                field: "the access unit at byte \(buffer.position)", value: buffer.count, allowed: 1...maximumFrameSize)
        }
        guard isFinished, hasBegun, hasPicture, !buffer.isEmpty else { return nil }
        return take(buffer.count)
    }

    private static func begins(_ kind: NALUnits.Kind) -> Bool {
        switch kind {
        case .slice(let isFirst, _): isFirst
        case .parameterSet, .prefix, .delimiter: true
        case .other: false
        }
    }

    private mutating func note(_ kind: NALUnits.Kind, code: Int) {
        if case .slice(_, let isKeySlice) = kind {
            hasPicture = true
            if isKeySlice { isKey = true }
        }
        scanned = code + 3
    }

    /// The bytes up to there are a frame, and the next begins.
    private mutating func take(_ end: Int) -> MediaFileFrame {
        let bytes = buffer.bytes(0..<end)
        buffer.drop(end)
        defer {
            (hasPicture, isKey, scanned) = (false, false, 0)
            hasBegun = !buffer.isEmpty
            frameCount += 1
        }
        return MediaFileFrame(
            bytes: bytes, timestamp: frameDuration * frameCount, duration: frameDuration, isKeyFrame: isKey)
    }
}
