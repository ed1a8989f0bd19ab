/// A line of a session or media description, other than `v=`, `o=`, `s=` and `m=`.
public enum SDPLine: Sendable, Hashable {
    /// `c=`, RFC 8866 §5.7.
    case connection(ConnectionData)
    /// `b=`, RFC 8866 §5.8.
    case bandwidth(Bandwidth)
    /// `t=`, RFC 8866 §5.9.
    case timing(Timing)
    /// `a=`, RFC 8866 §5.13.
    case attribute(Attribute)
    /// Any other line, kept as it is: `i=`, `u=`, `e=`, `p=`, `r=`, `z=`, `k=`, letters nobody has
    /// defined, and lines that are not what their letter promises, such as `t=now` or a second
    /// `s=`.
    ///
    /// RFC 8866 §5 would have the whole description ignored for an unknown letter. It is kept
    /// instead, as browsers do.
    case other(type: Character, value: String)

    /// The letter before the equals sign.
    public var type: Character {
        switch self {
        case .connection: "c"
        case .bandwidth: "b"
        case .timing: "t"
        case .attribute: "a"
        case .other(let type, _): type
        }
    }

    /// Where RFC 8866 §5 places the line; lines of the same rank keep their order.
    var rank: Int {
        switch type {
        case "i": 0
        case "u": 1
        case "e": 2
        case "p": 3
        case "c": 4
        case "b": 5
        case "t", "r": 6
        case "z": 7
        case "k": 8
        default: Self.lastRank
        }
    }

    /// The rank of those behind which none has its place.
    static let lastRank = 9
}
