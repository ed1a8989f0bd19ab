internal import Foundation
internal import Synchronization

/// The descriptors of the process, of which a connection takes about fifteen: GLib ends a process
/// that has none left. May be used from any thread.
public final class DescriptorBudget: Sendable {
    /// The process's.
    public static let shared = DescriptorBudget()

    /// How long a count is good for.
    private static let memory = Duration.milliseconds(250)

    private struct State {
        var last: ContinuousClock.Instant?
        var isShort = false
    }

    private let state = Mutex(State())

    private init() {}

    /// Lets the process have as many descriptors as the system allows it at most (`ulimit -Hn`):
    /// many systems begin a process with 1024, which are enough for about 50 connections. A program
    /// calls it at its start.
    ///
    /// - Returns: how many it may have now.
    @discardableResult
    public static func raiseLimit() -> Int { DescriptorLimit.raise() }

    /// Whether a quarter of the descriptors, or 512, are all that is left: no connection should be
    /// made then.
    var isShort: Bool {
        let now = ContinuousClock.now
        let known = state.withLock { state -> Bool? in
            guard let last = state.last, now - last < Self.memory else { return nil }
            return state.isShort
        }
        if let known { return known }
        let limit = sysconf(CInt(_SC_OPEN_MAX))
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
        let isShort = limit > 0 && open > limit - max(512, limit / 4)
        state.withLock { $0 = State(last: now, isShort: isShort) }
        return isShort
    }
}
