/// How much input is taken. What is less than 1 is taken for 1.
///
/// What a message may hold is bounded too, but not set: ``InputMessage/maximumBytes``,
/// ``InputEvent/Key/maximumCodeBytes``, ``InputEvent/Gamepad/maximumAxes``.
public struct InputLimits: Sendable, Hashable {
    /// How many watchers there may be.
    public var watchers: Int
    /// How many keys one watcher may hold.
    public var keysPerWatcher: Int
    /// How many events one watcher may send in a second, on average.
    public var eventsPerSecond: Int
    /// How many events one watcher may send at once.
    public var burst: Int

    /// The limits; a default fits people with a mouse that tells its place 1000 times a second.
    ///
    /// - Parameters:
    ///   - watchers: how many watchers there may be.
    ///   - keysPerWatcher: how many keys one watcher may hold.
    ///   - eventsPerSecond: how many events one watcher may send in a second.
    ///   - burst: how many events one watcher may send at once.
    public init(watchers: Int = 256, keysPerWatcher: Int = 64, eventsPerSecond: Int = 1000, burst: Int = 250) {
        self.watchers = watchers
        self.keysPerWatcher = keysPerWatcher
        self.eventsPerSecond = eventsPerSecond
        self.burst = burst
    }

    /// The same, with none less than 1.
    var corrected: Self {
        Self(
            watchers: max(1, watchers), keysPerWatcher: max(1, keysPerWatcher),
            eventsPerSecond: max(1, eventsPerSecond), burst: max(1, burst))
    }
}
