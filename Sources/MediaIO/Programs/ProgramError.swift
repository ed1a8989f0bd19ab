/// Why another program gives no media.
public enum ProgramError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no such program, or nobody may run it.
    case notFound(String)
    /// The system does not start it.
    case notStarted(command: String, reason: String)
    /// It has ended, and how.
    case ended(ProgramEnding)
    /// What it writes is not of the format that was said.
    case format(command: String, problem: String)

    /// One sentence that says what is wrong, and what to do.
    public var description: String {
        switch self {
        case .notFound(let name): "there is no program \"\(name)\"; install it, or give its whole path"
        case .notStarted(let command, let reason): "\(command) cannot be started: \(reason)"
        case .ended(let ending): "\(ending)"
        case .format(let command, let problem): "\(command) writes what cannot be read: \(problem)"
        }
    }
}

/// How another program has ended.
public struct ProgramEnding: Sendable, Hashable, CustomStringConvertible {
    /// What it has returned; nil where it was ended by a signal.
    public let status: Int32?
    /// The signal that has ended it.
    public let signal: Int32?
    /// The last line that it has written to standard error, up to 300 characters.
    public let lastWords: String

    /// One sentence.
    public var description: String {
        let how =
            signal.map { "the program was ended by signal \($0)" } ?? "the program has ended with status \(status ?? 0)"
        return lastWords.isEmpty ? how : "\(how): \(lastWords)"
    }
}
