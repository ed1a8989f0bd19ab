import RTP

/// Where the fields of a VP9 payload descriptor stand (RFC 9628 §4.2), counted from the first byte
/// of the payload.
struct VP9Places {
    private(set) var pictureIDBits = 0
    private(set) var hasBaseLayerIndex = false
    /// Of TL0PICIDX, if there is one.
    private(set) var baseLayerIndex = 0
    /// Behind the numbers, where references to other pictures stand.
    private(set) var end = 1

    /// As ``VP8Places/init(_:)``.
    init(_ payload: Span<UInt8>) {
        let flags = payload.byte(0)
        if flags & 0x80 != 0 {
            pictureIDBits = payload.byte(1) & 0x80 != 0 ? 15 : 7
            end += pictureIDBits == 15 ? 2 : 1
        }
        guard flags & 0x20 != 0 else { return }
        end += 1
        guard flags & 0x10 == 0 else { return }
        (hasBaseLayerIndex, baseLayerIndex) = (true, end)
        end += 1
    }
}
