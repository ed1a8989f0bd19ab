/// The uncompressed header of a frame of VP9 (bitstream specification §6.2), as far as a file has
/// to know it. Of a superframe (Annex B) it is that of the first frame, with the size of the
/// largest: its frames may be the layers of one picture, and the last is shown.
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
        for range in VP9Superframe.frames(in: frame).dropFirst() {
            guard let other = Self.size(of: Array(frame[range].prefix(Self.maximumHeader))) else { continue }
            if let size, other.width * other.height > size.width * size.height { self.size = other }
        }
    }

    /// A size stands in the first bytes, whatever kind of frame it is.
    private static let maximumHeader = 32

    /// The size that a frame says itself, and does not have from another.
    private static func size(of frame: [UInt8]) -> PictureSize? {
        var reader = BitReader(frame)
        guard reader.bits(2) == 2 else { return nil }
        var header = VP9FrameHeader(profile: reader.bits(1) | reader.bits(1) << 1)
        if header.profile == 3 { reader.skip(1) }
        guard !reader.bit() else { return nil }
        let (isKey, isShown, isResilient) = (!reader.bit(), reader.bit(), reader.bit())
        if isKey {
            guard reader.bits(24) == 0x498342, header.readColor(&reader) else { return nil }
        } else {
            let isIntra = !isShown && reader.bit()
            if !isResilient { reader.skip(2) }
            if isIntra {
                guard reader.bits(24) == 0x498342, header.profile == 0 || header.readColor(&reader) else { return nil }
            }
            // refresh_frame_flags, and of three references the number and the sign bias.
            reader.skip(8)
            if !isIntra {
                reader.skip(3 * 4)
                // found_ref of each (frame_size_with_refs(), §6.2.5).
                for _ in 0..<3 where reader.bit() { return nil }
            }
        }
        let (width, height) = (reader.bits(16) + 1, reader.bits(16) + 1)
        return reader.isBeyondEnd ? nil : PictureSize(width: width, height: height)
    }

    private init(profile: Int) { self.profile = profile }

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
