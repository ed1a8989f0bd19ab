internal import CUSRSCTP
internal import Glibc

/// The time that round trips are measured with.
enum NativeClock {
    /// In ns; it never goes back.
    static var now: UInt64 {
        var time = timespec()
        // SAFETY: the structure is ours, and lives through the call.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
