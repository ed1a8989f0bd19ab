extension PeerConnection {
    // SAFETY: the loop outlives the actor, which retains it; the executor is only ever used to
    // enqueue on it.
    /// The loop that the connection lives on: the actor runs on the thread on which libnice calls.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: loop) }
}
