internal import RTP

/// Where the fields of a VP8 payload descriptor stand (RFC 7741 §4.2), counted from the first byte
/// of the payload. All come in one order, so that their flags tell.
struct VP8Places {
    private(set) var pictureIDBits = 0
    private(set) var hasBaseLayerIndex = false
    private(set) var hasKeyIndex = false
    /// Of TL0PICIDX, if there is one.
    private(set) var baseLayerIndex = 0
    /// Of TID, Y and KEYIDX, if there are any.
    private(set) var layers = 0
    /// Behind them all.
    private(set) var end = 1

    /// Of a payload of which ``VP8Format/Descriptor`` was read; of others, what is beyond the end
    /// is taken for 0.
    init(_ payload: Span<UInt8>) {
        guard payload.byte(0) & 0x80 != 0 else { return }
        let flags = payload.byte(1)
        end = 2
        if flags & 0x80 != 0 {
            pictureIDBits = payload.byte(2) & 0x80 != 0 ? 15 : 7
            end += pictureIDBits == 15 ? 2 : 1
        }
        if flags & 0x40 != 0 {
            (hasBaseLayerIndex, baseLayerIndex) = (true, end)
            end += 1
        }
        if flags & 0x30 != 0 {
            (hasKeyIndex, layers) = (flags & 0x10 != 0, end)
            end += 1
        }
    }
}
