/// How a picture has to be turned to stand upright (3GPP TS 26.114 §7.4.5, CVO).
public struct VideoOrientation: RTPExtensionValue {
    public static let uri = "urn:3gpp:video-orientation"
    /// Degrees to turn it clockwise: 0, 90, 180 or 270.
    public var rotation: Int
    /// Whether it is mirrored, left to right.
    public var isFlipped: Bool
    /// Whether the camera faces away from who holds it.
    public var isBackCamera: Bool

    /// Makes one; degrees are taken to the next quarter below.
    public init(rotation: Int, isFlipped: Bool = false, isBackCamera: Bool = false) {
        self.rotation = ((rotation % 360 + 360) % 360) / 90 * 90
        self.isFlipped = isFlipped
        self.isBackCamera = isBackCamera
    }

    public init?(_ value: Span<UInt8>) {
        guard value.count == 1 else { return nil }
        let byte = value[0]
        self.init(rotation: Int(byte & 3) * 90, isFlipped: byte & 4 != 0, isBackCamera: byte & 8 != 0)
    }

    public var bytes: [UInt8] {
        [UInt8(truncatingIfNeeded: rotation / 90 & 3) | (isFlipped ? 4 : 0) | (isBackCamera ? 8 : 0)]
    }
}
