import Foundation

/// Factors on all times of the simulation, which leave what happens in a seed as it is.
struct GlareTimings: Sendable {
    /// On what messages and candidates take, and on when the applications act.
    var delays = 1.0
    /// On how long the negotiators wait for answers.
    var timeouts = 1.0

    /// `GLARE_STRETCH` is on all, `GLARE_DELAYS` and `GLARE_TIMEOUTS` are on one kind besides.
    static let ofEnvironment: GlareTimings = {
        func factor(_ name: String) -> Double {
            ProcessInfo.processInfo.environment[name].flatMap(Double.init).flatMap { $0 > 0 ? $0 : nil } ?? 1
        }
        let all = factor("GLARE_STRETCH")
        return GlareTimings(delays: all * factor("GLARE_DELAYS"), timeouts: all * factor("GLARE_TIMEOUTS"))
    }()
}
