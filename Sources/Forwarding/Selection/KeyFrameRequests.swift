import RTP

/// Decides when sources are asked for key frames (RFC 4585 §6.3.1), whichever watchers want them:
/// one ``KeyFrameRequester`` for each source. Bounded. Pure; time is a parameter.
package struct KeyFrameRequests: Sendable {
    /// How many sources there may be; of further ones nothing is asked.
    package static let maximumCount = 1024

    private var requesters: [UInt32: KeyFrameRequester] = [:]

    /// Nobody wants any yet.
    package init() {}

    /// How many sources are known.
    package var count: Int { requesters.count }

    /// A watcher needs a key frame of a source; it makes no difference how many do, or how often
    /// they say so.
    package mutating func want(_ source: UInt32, now: Duration) {
        guard requesters[source] != nil || requesters.count < Self.maximumCount else { return }
        requesters[source, default: KeyFrameRequester()].want(now: now)
    }

    /// No watcher needs one of a source any more, though none has come.
    package mutating func withdraw(_ source: UInt32) { requesters[source]?.keyFrameArrived() }

    /// Takes the round trip to a source as it was measured last.
    package mutating func update(roundTrip: Duration, of source: UInt32) {
        guard requesters[source] != nil || requesters.count < Self.maximumCount else { return }
        requesters[source, default: KeyFrameRequester()].update(roundTrip: roundTrip)
    }

    /// A packet of a source has come.
    package mutating func packetArrived(_ packet: SourcePacket) {
        guard requesters[packet.source] != nil else { return }
        requesters[packet.source]?.packetArrived(now: packet.arrival)
        if packet.beginsKeyFrame { requesters[packet.source]?.keyFrameArrived() }
    }

    /// A source is gone.
    package mutating func remove(_ source: UInt32) { requesters[source] = nil }

    /// When to call ``due(now:)``; nil if nobody wants a key frame.
    package var nextDeadline: Duration? { requesters.values.compactMap(\.nextDeadline).min() }

    /// The sources that are to be asked now, in order of their SSRC. They are taken for asked.
    package mutating func due(now: Duration) -> [UInt32] {
        var sources: [UInt32] = []
        for source in requesters.keys.sorted() {
            if requesters[source]?.isDue(now: now) == true { sources.append(source) }
        }
        return sources
    }
}
