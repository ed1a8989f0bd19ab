/// How large a picture is shown, in pixels.
public struct PictureSize: Sendable, Hashable {
    /// 1 to 65536.
    public let width: Int
    /// 1 to 65536.
    public let height: Int

    /// Nil if one of them is not from 1 to 65536.
    public init?(width: Int, height: Int) {
        guard (1...65536).contains(width), (1...65536).contains(height) else { return nil }
        self.width = width
        self.height = height
    }

    /// Reads it from the headers of a key frame.
    ///
    /// - Parameters:
    ///   - keyFrame: a frame of VP8 (RFC 6386 §9.1) or VP9 (bitstream specification §6.2), a
    ///     temporal unit of AV1 with its sequence header (§5.5), an access unit of H.264 or H.265
    ///     as of Annex B with its parameter sets.
    ///   - codec: what it is made with.
    /// - Returns: nil if it does not say it: it is no key frame, is cut off, or is of audio.
    public init?(keyFrame: [UInt8], codec: MediaFileCodec) {
        let size: PictureSize? =
            switch codec {
            case .vp8: VP8FrameHeader(keyFrame)?.size
            case .vp9: VP9FrameHeader(keyFrame)?.size
            case .av1: AV1SequenceHeader(temporalUnit: keyFrame)?.size
            case .h264: H264ParameterSet(accessUnit: keyFrame)?.size
            case .h265: H265ParameterSet(accessUnit: keyFrame)?.size
            case .opus, .pcmu, .pcma: nil
            }
        guard let size else { return nil }
        self = size
    }
}
