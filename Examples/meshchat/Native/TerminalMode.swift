import Glibc

/// The terminal that a person types at, switched from lines to single keys.
///
/// Signals stay with the terminal: Ctrl-C and Ctrl-Z mean what they mean elsewhere.
enum TerminalMode {
    /// How the terminal is set; nil when standard input is none.
    static func current() -> termios? {
        var mode = termios()
        // SAFETY: fills the local structure.
        return unsafe tcgetattr(STDIN_FILENO, &mode) == 0 ? mode : nil
    }

    /// Hands over each key as it is pressed, and shows none of them.
    static func readKeys(after original: termios) {
        var mode = original
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        mode.c_cc.6 = 1  // VMIN: a read returns with the first byte …
        mode.c_cc.5 = 0  // VTIME: … however long that takes
        // SAFETY: reads the local structure during the call.
        _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &mode)
    }

    /// Puts the terminal back as it was.
    static func restore(_ original: termios) {
        var mode = original
        // SAFETY: reads the local structure during the call.
        _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &mode)
    }

    /// The terminal's width in columns; 80 when it does not say.
    static var columns: Int {
        var size = winsize()
        // SAFETY: fills the local structure.
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
