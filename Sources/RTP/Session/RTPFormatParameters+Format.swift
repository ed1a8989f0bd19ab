extension RTPFormatParameters {
    /// What cuts and joins frames of this codec; nil for one that is not known here.
    package func makeFormat() -> (any RTPPayloadFormat)? {
        switch name {
        case "opus": OpusFormat()
        case "pcmu", "pcma", "g722": PCMFormat()
        case "vp8": VP8Format(pictureID: 0)
        case "vp9": VP9Format()
        case "h264": H264Format(mode: packetizationMode)
        case "h265": H265Format()
        case "av1": AV1Format()
        default: nil
        }
    }

    /// Of H.264 (RFC 6184 §8.1); single units where nothing is said.
    package var packetizationMode: H264Format.PacketizationMode {
        let fields = (parameters ?? "").split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
        return fields.contains("packetization-mode=1") ? .nonInterleaved : .singleUnit
    }

    /// The samples of each channel in a frame of sound; 0 where that cannot be told.
    func sampleCount(of frame: Span<UInt8>) -> Int {
        switch name {
        case "opus": OpusFormat.sampleCount(of: frame) ?? 0
        case "pcmu", "pcma": frame.count / max(1, channels)
        // Half a byte each (RFC 3551 §4.5.2).
        case "g722": frame.count * 2 / max(1, channels)
        default: 0
        }
    }
}
