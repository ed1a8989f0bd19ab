internal import COpenSSL
internal import Glibc

/// The time of day, which certificates are valid by. Sessions do not use it; they are given the
/// time.
enum WallClock {
    /// Milliseconds since 1970-01-01 UTC.
    static var milliseconds: Int64 {
        var time = timespec()
        // SAFETY: writes the local variable.
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
    }
}
