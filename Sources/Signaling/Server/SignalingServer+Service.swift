public import ServiceLifecycle

/// A server is a service: it runs in a `ServiceGroup` beside others, and ends with them.
extension SignalingServer: Service {
    /// Listens until the task is cancelled, and stops then; or until the service group that it is
    /// in shuts down, and lets its clients go elsewhere for
    /// ``SignalingServerConfiguration/drainTime`` first.
    ///
    /// - Throws: what ``start()`` throws.
    public func run() async throws(SignalingError) {
        try await start()
        do {
            try await gracefulShutdown()
            await drain(within: drainTime)
        } catch {
            await stop()
        }
    }
}
