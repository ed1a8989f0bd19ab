/// The state of a device, and whose it is.
struct WrittenState<ID: Hashable & Sendable, State: HeldState>: Sendable {
    /// What was passed on last.
    private(set) var state: State
    /// Who wrote it; nil once that one has left.
    private(set) var writer: ID?

    /// The first state.
    init(_ state: State, by writer: ID) {
        self.state = state
        self.writer = writer
    }

    /// The writer leaves: what it holds is let go.
    ///
    /// - Returns: the state to pass on; nil if it is another's, or nothing is held.
    mutating func leave(_ watcher: ID) -> State? {
        guard writer == watcher else { return nil }
        writer = nil
        guard !state.isAtRest else { return nil }
        state = state.atRest
        return state
    }

    /// This state without what a next one of its writer lets go of, when the whole of that cannot
    /// be passed on; nil if it is another's, or nothing is let go.
    func lettingGo(as next: State, by watcher: ID) -> Self? {
        guard writer == watcher else { return nil }
        return state.lettingGo(as: next).map { Self($0, by: watcher) }
    }
}
