/// The uncompressed header of a frame of VP9 (bitstream specification §6.2), as far as a file has
/// to know it. Of a superframe it is that of the first frame.
struct VP9FrameHeader {
    private(set) var profile = 0
    private(set) var isKeyFrame = false
    private(set) var bitDepth = 8
    /// color_space: 7 is RGB.
    private(set) var colorSpace = 0
    private(set) var isFullRange = false
    /// Whether there are half as many columns of colour.
    private(set) var isSubsampledInX = true
    /// Whether there are half as many rows of colour.
    private(set) var isSubsampledInY = true
    /// Of a key frame.
    private(set) var size: PictureSize?

    init?(_ frame: [UInt8]) {
        var reader = BitReader(frame)
        guard !frame.isEmpty, reader.bits(2) == 2 else { return nil }
        profile = reader.bits(1) | reader.bits(1) << 1
        if profile == 3 { reader.skip(1) }
        // show_existing_frame: nothing more is said.
        guard !reader.bit() else { return }
        isKeyFrame = !reader.bit()
        reader.skip(2)
        guard isKeyFrame else { return }
        guard reader.bits(24) == 0x498342, readColor(&reader) else { return nil }
        let (width, height) = (reader.bits(16) + 1, reader.bits(16) + 1)
        guard !reader.isBeyondEnd else { return nil }
        size = PictureSize(width: width, height: height)
    }

    /// color_config(); false if it is not one.
    private mutating func readColor(_ reader: inout BitReader) -> Bool {
        if profile >= 2 { bitDepth = reader.bit() ? 12 : 10 }
        colorSpace = reader.bits(3)
        if colorSpace != 7 {
            isFullRange = reader.bit()
            if profile & 1 == 1 {
                (isSubsampledInX, isSubsampledInY) = (reader.bit(), reader.bit())
                return !reader.bit()
            }
            return true
        }
        isFullRange = true
        (isSubsampledInX, isSubsampledInY) = (false, false)
        return profile & 1 == 1 && !reader.bit()
    }
}
