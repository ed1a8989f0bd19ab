/// The connection that transceivers belong to.
protocol TransceiverOwner: AnyObject, Sendable {
    /// Whether it is closed.
    var isClosed: Bool { get }
    /// What the application wants has changed, on whatever thread.
    func mediaDidChange()
    /// There is something to send, or somebody wants something else of what is received; on
    /// whatever thread.
    func mediaHasWork()
    /// The time by the clock of its loop.
    var mediaTime: Duration { get }
    /// What is known of what a transceiver sends.
    func sentStats(of core: TransceiverCore) async -> StatsReport
    /// What is known of what a transceiver receives.
    func receivedStats(of core: TransceiverCore) async -> StatsReport
    /// Whom a transceiver has heard lately: those that have sent, or those that were mixed into it.
    func sources(of core: TransceiverCore, isMixed: Bool) async -> [RTPContributingSource]
}
