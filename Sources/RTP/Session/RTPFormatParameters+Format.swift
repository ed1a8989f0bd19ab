extension RTPFormatParameters {
    /// What cuts and joins frames of this codec; nil for one that is not known here.
    package func makeFormat() -> (any RTPPayloadFormat)? {
        switch name {
        case "opus": OpusFormat()
        case "pcmu", "pcma", "g722": PCMFormat()
        case "vp8": VP8Format(pictureID: 0)
        case "vp9": VP9Format()
        case "h264": H264Format()
        case "h265": H265Format()
        case "av1": AV1Format()
        default: nil
        }
    }
}
