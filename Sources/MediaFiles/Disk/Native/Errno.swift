internal import Glibc

/// The system's numbers for reasons.
enum Errno {
    static let exists = EEXIST

    static func isOutOfSpace(_ number: Int32) -> Bool { number == ENOSPC || number == EDQUOT || number == EFBIG }

    static func text(_ number: Int32) -> String {
        // SAFETY: glibc's text is constant, or of this thread until its next call.
        guard let text = unsafe strerror(number) else { return "unknown" }
        return unsafe String(cString: text)
    }
}
