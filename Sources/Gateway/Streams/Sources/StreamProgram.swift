public import MediaIO

/// A program that a streamer may be asked for by its name; what it is and its arguments are the
/// server's to say, and nobody else's.
public enum StreamProgram: Sendable, Hashable {
    /// Writes a film to its standard output, as `ProgramSource` reads it.
    case media([String], format: PlayedFormat = .matroska)
    /// Has the source and the peers' connections, and speaks in lines with the server: see
    /// ``StreamerChild``.
    case streamer([String])
}
