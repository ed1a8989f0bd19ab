/// `a=sendrecv` and its three siblings (RFC 8866 §6.7): who sends media, seen from the author of
/// the description.
public enum MediaDirection: String, Sendable, Hashable, CaseIterable {
    /// Both sides.
    case sendrecv
    /// Only the author.
    case sendonly
    /// Only the reader.
    case recvonly
    /// Nobody.
    case inactive
}
