/// Decides when a key frame of a source is asked for (RFC 4585 §6.3.1, RFC 5104 §4.3.1), whoever
/// wants one and however often. Pure; time is a parameter.
///
/// A request goes out at once, and again until a key frame has come: less and less often, and
/// never two within a round trip, as the answer to the first is on its way then. A source that
/// sends nothing at all is asked ever more seldom, and at once when it sends again.
package struct KeyFrameRequester: Sendable {
    /// The least time between two requests.
    package static let minimumPause = Duration.milliseconds(100)
    /// The first request is repeated after one and a half round trips, and no sooner than this.
    package static let firstPause = Duration.milliseconds(200)
    /// Pauses double up to this, or to one and a half round trips if that is more.
    package static let maximumPause = Duration.seconds(2)
    /// The same for a source that sends nothing.
    package static let maximumSilentPause = Duration.seconds(32)

    /// Whether a key frame is waited for.
    package var isWanted: Bool { wantedSince != nil }
    /// Since when; nil if none is waited for.
    package private(set) var wantedSince: Duration?
    private var roundTrip = Duration.milliseconds(100)
    private var lastRequest: Duration?
    /// Since it is wanted.
    private var requestCount = 0
    private var next = Duration.zero
    /// Whether something has come since the last request.
    private var isHeard = true
    /// How many requests in a row were followed by nothing.
    private var silentCount = 0

    /// Nobody wants one yet.
    package init() {}

    /// Takes the round trip as it was measured last.
    package mutating func update(roundTrip: Duration) { self.roundTrip = max(.zero, roundTrip) }

    /// Somebody needs a key frame. It makes no difference who, or how many.
    package mutating func want(now: Duration) {
        guard !isWanted else { return }
        (wantedSince, requestCount) = (now, 0)
        next = max(now, lastRequest.map { $0 + max(roundTrip, Self.minimumPause) } ?? now)
    }

    /// Something of the source has come.
    package mutating func packetArrived(now: Duration) {
        isHeard = true
        guard silentCount > 0 else { return }
        (silentCount, requestCount) = (0, 0)
        next = min(next, max(now, lastRequest.map { $0 + max(roundTrip, Self.minimumPause) } ?? now))
    }

    /// A key frame has come; who wants another says so again.
    package mutating func keyFrameArrived() { wantedSince = nil }

    /// When to ask for it; nil if nobody wants one.
    package var nextDeadline: Duration? { isWanted ? next : nil }

    /// Whether a request is to be sent now. It is taken for sent if so, and is repeated later.
    package mutating func isDue(now: Duration) -> Bool {
        guard isWanted, next <= now else { return false }
        silentCount = isHeard ? 0 : silentCount + 1
        isHeard = false
        let base = max(roundTrip * 3 / 2, Self.firstPause)
        let longest = max(base, silentCount > 0 ? Self.maximumSilentPause : Self.maximumPause)
        next = now + min(base * (1 << min(requestCount, 8)), longest)
        lastRequest = now
        requestCount += 1
        return true
    }
}
