import ArgumentParser

/// How a chat ended, as the program's exit code.
enum Outcome: Int32 {
    /// All that was to be sent has arrived.
    case good = 0
    /// The chat could not go on.
    case failed = 1
    /// Lines are left over because nobody was there to read them.
    case nobodyCame = 3
    /// Somebody who should have got a line may not have got it.
    case uncertain = 4

    var exitCode: ExitCode { ExitCode(rawValue) }

    static let help = """
        Ends with 0 when all lines have arrived, 1 when it cannot go on (the server of --signal does not answer, the \
        output cannot be written), 3 when lines are left over because nobody came, 4 when somebody may have missed \
        lines, and 64 for options that cannot be used. An error says which.
        """
}
