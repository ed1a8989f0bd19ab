/// Whether there is somebody to talk to, and a wait for that to change.
struct Company {
    /// There is, and everybody known has had the time to come.
    private(set) var isHere = false
    /// At least one is connected, though others may still be coming.
    private(set) var isConnected = false
    /// A given server has been of use.
    var hasMetServer = false
    /// How often everybody has left.
    private(set) var departures = 0
    /// Counts what has changed.
    private(set) var version = 0
    private var gathering = 0
    private var isGathering = false
    private var bell = Bell()

    mutating func arrive() {
        (isHere, isConnected, isGathering) = (true, true, false)
        change()
    }

    mutating func leave() {
        if isConnected { departures += 1 }
        (isHere, isConnected, isGathering) = (false, false, false)
        change()
    }

    /// The first is here; the number is for ``endGathering(_:)``, nil when that is known already.
    mutating func beginGathering() -> Int? {
        isConnected = true
        guard !isGathering else { return nil }
        isGathering = true
        gathering += 1
        return gathering
    }

    mutating func endGathering(_ number: Int) {
        if isGathering, number == gathering { arrive() }
    }

    /// Wakes those who wait.
    mutating func change() {
        version += 1
        bell.ring()
    }

    /// A sequence that ends with the next change.
    mutating func nextChange() -> AsyncStream<Never> { bell.next() }
}
