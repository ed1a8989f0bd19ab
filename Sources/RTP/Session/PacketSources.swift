/// Whose media the packets of a stream have brought: the source itself, and those that a mixer has
/// put into it (RFC 3550 §3, "contributing source"). Pure; time is a parameter.
package struct PacketSources: Sendable {
    /// How long a source is remembered (W3C WebRTC §5.3, getContributingSources).
    package static let lifetime = Duration.seconds(10)
    /// How many contributing sources are remembered; the one that was silent for longest makes
    /// room.
    package static let maximumCount = 64

    /// The newest packet of a source.
    package struct Seen: Sendable, Hashable {
        package var ssrc: UInt32
        /// When it came.
        package var arrival: Duration
        package var rtpTimestamp: UInt32
        /// How loud it is, in dB below the loudest, 0 to 127; nil if the packet does not say.
        package var level: UInt8?
    }

    private var own: Seen?
    private var contributing: [Seen] = []

    /// The source itself; nil if it was silent for ``lifetime``.
    package func synchronization(now: Duration) -> Seen? {
        own.flatMap { now - $0.arrival <= Self.lifetime ? $0 : nil }
    }

    /// Those that were mixed into it within ``lifetime``.
    package func contributing(now: Duration) -> [Seen] {
        contributing.filter { now - $0.arrival <= Self.lifetime }
    }

    mutating func note(_ header: RTPHeader, _ packet: Span<UInt8>, _ ids: ExtensionIDs, isAudio: Bool, now: Duration) {
        var level: UInt8?
        if isAudio, ids.audioLevel != 0 {
            level = header.value(of: AudioLevel.self, id: ids.audioLevel, in: packet)?.decibelsBelowFull
        }
        own = Seen(ssrc: header.ssrc, arrival: now, rtpTimestamp: header.timestamp, level: level)
        guard header.csrcCount > 0 else { return }
        var levels: Range<Int>?
        if ids.contributorLevels != 0 { levels = header.rangeOfExtension(ids.contributorLevels, in: packet) }
        for index in 0..<header.csrcCount {
            let level = levels.flatMap { index < $0.count ? packet[$0.lowerBound + index] & 0x7F : nil }
            note(
                Seen(
                    ssrc: header.csrc(index, in: packet), arrival: now, rtpTimestamp: header.timestamp, level: level))
        }
    }

    private mutating func note(_ seen: Seen) {
        if let index = contributing.firstIndex(where: { $0.ssrc == seen.ssrc }) {
            contributing[index] = seen
        } else if contributing.count < Self.maximumCount {
            contributing.append(seen)
        } else if let oldest = contributing.indices.min(by: { contributing[$0].arrival < contributing[$1].arrival }) {
            contributing[oldest] = seen
        }
    }
}
