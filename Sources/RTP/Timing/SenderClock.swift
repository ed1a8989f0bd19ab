/// Makes RTP timestamps of the application's times, and keeps what a report of the sender says of
/// both (RFC 3550 §5.1, §6.4.1). Pure; time is a parameter.
///
/// The application's times are of any clock: when a frame was captured, or where it stands in a
/// recording. Times of day are since 1970.
package struct SenderClock: Sendable {
    /// Where two clocks stood at one moment.
    package struct Anchor: Sendable, Hashable {
        /// By the application's clock.
        package var mediaTime: Duration
        /// By the wall clock, since 1970.
        package var wallTime: Duration

        package init(mediaTime: Duration, wallTime: Duration) {
            self.mediaTime = mediaTime
            self.wallTime = wallTime
        }
    }

    /// The two clocks are compared anew if they are this far apart: the application's has stood
    /// still, or was set.
    package static let tolerance = Duration.seconds(1)

    /// Of the timestamps, in Hz.
    package let clockRate: Int
    /// The timestamp of the application's time 0.
    package let offset: UInt32
    /// Since the beginning.
    package private(set) var packetCount: Int64 = 0
    /// Bytes of payloads since the beginning.
    package private(set) var octetCount: Int64 = 0
    /// Set by the first frame that is sent. Sources whose times are of one clock should have one
    /// anchor: receivers play them together by it.
    package var anchor: Anchor?

    /// - Parameters:
    ///   - clockRate: of the timestamps, in Hz, 1 or more.
    ///   - offset: random, so that timestamps cannot be guessed (§5.1).
    package init(clockRate: Int, offset: UInt32 = .random(in: 0...UInt32.max)) {
        self.clockRate = max(1, clockRate)
        self.offset = offset
    }

    /// The timestamp of a time of the application's, the nearest one.
    package func timestamp(of mediaTime: Duration) -> UInt32 {
        offset &+ UInt32(truncatingIfNeeded: mediaTime.ticks(rate: Int64(clockRate)))
    }

    /// Notes packets that are sent.
    ///
    /// - Parameters:
    ///   - mediaTime: of what they carry.
    ///   - packets: how many.
    ///   - octets: of their payloads, without padding.
    ///   - now: the wall clock, since 1970.
    package mutating func note(mediaTime: Duration, packets: Int = 1, octets: Int, now: Duration) {
        packetCount += Int64(max(0, packets))
        octetCount += Int64(max(0, octets))
        let distance = anchor.map { now - $0.wallTime - (mediaTime - $0.mediaTime) }
        if let distance, distance.magnitude <= Self.tolerance { return }
        anchor = Anchor(mediaTime: mediaTime, wallTime: now)
    }

    /// What to say of the source now; nil before the first packet.
    ///
    /// - Parameter now: the wall clock, since 1970.
    package func report(of ssrc: UInt32, now: Duration) -> SenderReport? {
        guard packetCount > 0, let anchor else { return nil }
        return SenderReport(
            ssrc: ssrc, ntpTime: NTPTime(sinceEpoch: now).rawValue,
            rtpTimestamp: timestamp(of: anchor.mediaTime + (now - anchor.wallTime)),
            packetCount: UInt32(truncatingIfNeeded: packetCount),
            octetCount: UInt32(truncatingIfNeeded: octetCount))
    }
}

extension Duration {
    /// Without its sign.
    var magnitude: Duration { self < .zero ? .zero - self : self }
}
