public import MulticastDNS

/// Whether the mDNS daemon answers.
public enum DaemonStatus: Sendable, Hashable {
    /// It answers.
    case running
    /// It does not; the error says why and how to start one.
    case unavailable(DiscoveryError)
}

/// Asks the mDNS daemon whether it is there. Takes milliseconds.
public func daemonStatus() async -> DaemonStatus {
    await withCheckedContinuation { continuation in
        DiscoveryLoop.shared.probe { error in
            continuation.resume(returning: error.map(DaemonStatus.unavailable) ?? .running)
        }
    }
}
