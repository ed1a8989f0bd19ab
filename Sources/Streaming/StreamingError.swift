internal import SDP

/// Why something cannot be sent to watchers.
public enum StreamingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A track is of sound where pictures are wanted, or the other way round.
    case kind(track: String, wanted: String)
    /// There are as many watchers as there may be.
    case tooManyWatchers(maximum: Int)
    /// It has been stopped.
    case stopped
    /// The source has given nothing in time.
    case noSource(after: Duration)
    /// Somebody watches already under that name.
    case nameInUse(String)
    /// A participant's name cannot be written in a description (RFC 8830 §2).
    case name(String)

    /// One sentence that says what is wrong, and what to do.
    public var description: String {
        switch self {
        case .kind(let track, let wanted): "track \(track) is not for \(wanted); give it to the other broadcaster"
        case .tooManyWatchers(let maximum): "there are \(maximum) watchers, and there may be no more"
        case .stopped: "it has been stopped; make another one"
        case .noSource(let time): "the source has sent nothing in \(time)"
        case .name(let name):
            "'\(name.excerpt(40))' is no name; take 1 to 64 letters, digits and other characters of a token"
        case .nameInUse(let name): "'\(name)' watches already; end that first, or take another name"
        }
    }
}
