import Foundation
import Testing

/// All tests of this target, one after another: usrsctp's clock is one for the process, and a test
/// that lets a minute pass lets it pass for all, other targets' connections included. So they run
/// in a process of their own.
@Suite(
    "SCTP", .serialized, .timeLimit(.minutes(5)),
    .enabled(
        if: ProcessInfo.processInfo.environment["RTC_SIMULATED_TIME"] != nil,
        "they move the clock of every association in the process; run: make test FILTER=SCTPTests"))
enum SCTPTests {}
