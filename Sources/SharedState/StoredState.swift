/// What a ``StateStorage`` has had.
public struct StoredState: Sendable, Hashable {
    /// In any order.
    public var entries: [StateEntry]
    /// The time of the latest deletion that was forgotten.
    public var horizon: HybridTimestamp?
    /// Up to when all that others had was known, in milliseconds since 1970.
    public var inStep: UInt64?
    /// What somebody should know.
    public var reports: [StateReport]

    /// Nothing, unless told.
    public init(
        entries: [StateEntry] = [], horizon: HybridTimestamp? = nil, inStep: UInt64? = nil, reports: [StateReport] = []
    ) {
        self.entries = entries
        self.horizon = horizon
        self.inStep = inStep
        self.reports = reports
    }
}
