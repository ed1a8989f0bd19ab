/// The uncompressed beginning of a frame of VP8 (RFC 6386 §9.1).
struct VP8FrameHeader {
    let isKeyFrame: Bool
    /// Of a key frame.
    let size: PictureSize?

    init?(_ frame: [UInt8]) {
        guard frame.count >= 3 else { return nil }
        isKeyFrame = frame[0] & 1 == 0
        guard isKeyFrame else {
            size = nil
            return
        }
        guard frame.count >= 10, frame[3] == 0x9D, frame[4] == 0x01, frame[5] == 0x2A else { return nil }
        size = PictureSize(
            width: Int(frame.little(at: 6, count: 2) & 0x3FFF), height: Int(frame.little(at: 8, count: 2) & 0x3FFF))
    }
}
