extension MediaFileCodec {
    /// Whether a decoder can begin with a frame, by what stands in its headers; audio always can.
    ///
    /// - Parameter frame: as ``MediaFileFrame`` has it. Of anything else it says false.
    public func isKeyFrame(_ frame: [UInt8]) -> Bool {
        switch self {
        case .vp8: VP8FrameHeader(frame)?.isKeyFrame ?? false
        case .vp9: VP9FrameHeader(frame)?.isKeyFrame ?? false
        case .av1: AV1Units.isKeyFrame(frame)
        case .h264, .h265: NALUnits.isKeyFrame(frame, codec: self)
        case .opus, .pcmu, .pcma: true
        }
    }
}
