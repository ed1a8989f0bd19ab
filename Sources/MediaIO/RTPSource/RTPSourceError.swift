public import SDP

/// Why RTP from elsewhere cannot be received. Sections are counted from 1.
public enum RTPSourceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text is no session description.
    case syntax(SDPError)
    /// The file with it cannot be read.
    case unreadable(path: String, reason: String)
    /// It has no section with sound or pictures.
    case noMedia
    /// A section cannot be used.
    ///
    /// - Parameters:
    ///   - number: of the section.
    ///   - problem: what is wrong.
    ///   - remedy: what to change, and where.
    case section(number: Int, problem: String, remedy: String)
    /// A port cannot be had.
    case port(UInt16, address: String, reason: String)
    /// It has been started before.
    case started

    /// One sentence that says what is wrong, where, and what to change.
    public var description: String {
        switch self {
        case .syntax(let error): "the session description: \(error)"
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .noMedia: "the session description has no m= line with audio or video; add one for each stream"
        case .section(let number, let problem, let remedy): "section \(number): \(problem); \(remedy)"
        case .port(let port, let address, let reason):
            "cannot receive at port \(port) of \(address): \(reason); send to another port"
        case .started: "it has been started; make another one to start again"
        }
    }
}
