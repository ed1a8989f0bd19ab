extension PerfectNegotiator {
    // SAFETY: it is the connection's own executor, and the connection is retained.
    /// The loop of the connection: what the negotiator decides is done before anything else happens
    /// to the connection.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe connection.unownedExecutor }
}
