import Foundation
import Testing

/// SCTP's clock is one for the process, so that a simulation shares it with nobody.
enum OwnProcess {
    static let isOurs = ProcessInfo.processInfo.environment["RTC_SIMULATED_TIME"] != nil
    static let hint: Comment =
        "they move the clock of every association in the process; run: make test FILTER='^SimulationTests'"
}
