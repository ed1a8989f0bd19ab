import Foundation
import Glibc
import Synchronization

/// Brings signals out of their handler, in which hardly anything may be called, to a thread of its
/// own.
///
/// Not `DispatchSource`: under Linux it blocks a signal in the thread that it interrupts, and
/// raises it again for whoever reads a signalfd. Now and then, on a busy machine, nobody does, and
/// the signal is lost, or is seen twice.
enum SignalPipe {
    /// Where a handler writes; -1 before there is a pipe. A global, for a handler can carry nothing
    /// with it.
    private static let inlet = Atomic<Int32>(-1)

    /// Calls `handle` with the number of each of these signals that comes, in order, on a thread
    /// that lasts as long as the program.
    ///
    /// Call it once, before signals are expected.
    static func watch(_ numbers: [Int32], handle: @escaping @Sendable (Int32) -> Void) {
        var ends: [Int32] = [-1, -1]
        // SAFETY: fills the two numbers of the array.
        guard unsafe pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let outlet = ends[0]
        // A handler must not wait: of thousands that come at once some may be left out.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        inlet.store(ends[1], ordering: .releasing)
        let reader = Thread { Self.read(outlet, handle) }
        reader.name = "signals"
        reader.start()
        for number in numbers {
            // glibc's signal() lets calls that are interrupted go on.
            _ = signal(number) { number in
                let before = errno
                var byte = UInt8(truncatingIfNeeded: number)
                // SAFETY: reads the one local byte. write() is one of the calls that a handler may
                // make (signal-safety(7)).
                _ = unsafe write(SignalPipe.inlet.load(ordering: .acquiring), &byte, 1)
                errno = before
            }
        }
    }

    private static func read(_ outlet: Int32, _ handle: (Int32) -> Void) {
        while true {
            var byte: UInt8 = 0
            // SAFETY: writes the one local byte.
            let count = unsafe Glibc.read(outlet, &byte, 1)
            if count == 1 { handle(Int32(byte)) } else if count == 0 || errno != EINTR { return }
        }
    }
}
