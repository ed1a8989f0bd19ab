/// A peer needs a picture that needs no other (RFC 4585 §6.3.1, RFC 5104 §4.3.1).
public struct KeyFrameRequest: Sendable, Hashable {
    /// Of which size it is to be: the ``MediaFrame/streamID`` of the frames; nil for each size that
    /// is made.
    public let streamID: String?
}
