internal import Foundation
internal import NetworkLoop
internal import RTP

/// Whose sound or pictures a receiver has got within the last ten seconds. W3C
/// `RTCRtpContributingSource` and `RTCRtpSynchronizationSource` §5.3.
public struct RTPContributingSource: Sendable, Hashable, Codable {
    /// When its last packet came, in milliseconds since 1970. Nothing is played here, so that this
    /// is the moment of its delivery.
    public let timestamp: Double
    /// The source, as packets name it (RFC 3550 §3).
    public let source: UInt32
    /// How loud that packet was, from 0, which is silence, to 1; nil if it does not say (RFC 6464,
    /// RFC 6465).
    public let audioLevel: Double?
    /// The timestamp in that packet, in units of the codec's clock.
    public let rtpTimestamp: UInt32

    /// - Parameter wallClock: a moment of the session's clock in milliseconds since 1970.
    init(_ seen: PacketSources.Seen, wallClock: (Duration) -> Double) {
        timestamp = wallClock(seen.arrival)
        source = seen.ssrc
        rtpTimestamp = seen.rtpTimestamp
        // The lowest level stands for silence (RFC 6464 §3).
        audioLevel = seen.level.map { $0 >= 127 ? 0 : pow(10, -Double($0) / 20) }
    }
}

extension MediaSession {
    /// The sources of a section, the one that was heard last first.
    ///
    /// - Parameters:
    ///   - mid: the section's tag.
    ///   - isMixed: those that were mixed into what has come; otherwise those that have sent it.
    func sources(of mid: String, isMixed: Bool) -> [RTPContributingSource] {
        let now = loop.now
        let timestamp = Date().timeIntervalSince1970 * 1000
        let streams = rtp?.receivedStreams.filter { $0.mid == mid } ?? []
        let seen = streams.flatMap { stream in
            isMixed
                ? stream.sources.contributing(now: now)
                : stream.sources.synchronization(now: now).map { [$0] } ?? []
        }
        // One may be part of several streams.
        let newest = Dictionary(seen.map { ($0.ssrc, $0) }) { $0.arrival >= $1.arrival ? $0 : $1 }
        return newest.values.sorted { ($1.arrival, $0.ssrc) < ($0.arrival, $1.ssrc) }.map {
            RTPContributingSource($0) { timestamp - (now - $0) / .milliseconds(1) }
        }
    }
}
