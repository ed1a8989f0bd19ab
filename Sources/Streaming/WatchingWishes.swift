/// What a watcher wants of a picture that there may be in several sizes.
public struct WatchingWishes: Sendable, Hashable {
    /// In pixels, 1 or more; nil for any. Of a size that is not known none is too large.
    public var maximumWidth: Int?
    /// In pixels, 1 or more; nil for any.
    public var maximumHeight: Int?
    /// Whether nothing of it is to be sent now.
    public var isPaused: Bool

    /// Makes them. If each size is larger than is wanted, the smallest is sent.
    public init(maximumWidth: Int? = nil, maximumHeight: Int? = nil, isPaused: Bool = false) {
        self.maximumWidth = maximumWidth
        self.maximumHeight = maximumHeight
        self.isPaused = isPaused
    }
}
