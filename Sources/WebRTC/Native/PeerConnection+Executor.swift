extension PeerConnection {
    /// The loop that the connection lives on: the actor runs on the thread on which libnice calls.
    // SAFETY: the loop outlives the actor, which retains it; the executor is only ever used to enqueue on it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: loop) }
}
