/// Who decides which pair is used: RFC 8445 §6.1.1.
public enum ICERole: String, Hashable, Sendable {
    /// Nominates; usually the offerer.
    case controlling
    /// Follows.
    case controlled
}
