public import Glibc
import Synchronization

/// The time that OpenSSL and usrsctp ask the system for. Both read it with `gettimeofday`, which this binary answers in the
/// system's place: with a simulation's time while there is one, and with the system's otherwise.
enum SimulatedSystemTime {
    /// Microseconds since 1970 as a simulation has them; 0 for none.
    static let microseconds = Atomic<Int64>(0)
}

// SAFETY: the caller's structure, or nil, as gettimeofday's manual says; the zone is not used any more and left alone.
@_cdecl("gettimeofday")
public func gettimeofdayOfSimulation(_ time: UnsafeMutablePointer<timeval>?, _ zone: UnsafeMutableRawPointer?) -> CInt {
    var microseconds = SimulatedSystemTime.microseconds.load(ordering: .relaxed)
    if microseconds == 0 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        microseconds = Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
    }
    unsafe time?.pointee = timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
    return 0
}
