public import ServiceLifecycle

/// A server is a service: it runs in a `ServiceGroup` beside others, and ends with them.
extension SignalingServer: Service {
    /// Listens until the task is cancelled, or the service group that it is in shuts down; then
    /// stops.
    ///
    /// - Throws: what ``start()`` throws.
    public func run() async throws(SignalingError) {
        try await start()
        // Cancelled or asked to end: the same follows.
        try? await gracefulShutdown()
        await shutDown()
    }

    /// What a server does when its process is to end.
    func shutDown() async { await stop() }
}
