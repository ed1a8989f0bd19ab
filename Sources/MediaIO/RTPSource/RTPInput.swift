internal import Logging
internal import RTP
internal import Synchronization
internal import WebRTC

/// The packets of one section on their way to its track. Usable from any thread; each datagram
/// comes on the thread of its port.
final class RTPInput: Sendable {
    /// What reaches everybody, see `MediaStreamTrack.send(_:codec:)`.
    static let maximumPayload = 1120

    private struct State {
        var pin: SenderPin
        var inserter: ParameterSetInserter?
        var counters = RTPSource.Counters()
        var hasWarned = false
    }

    private let section: RTPSourceSection
    private let track: MediaStreamTrack
    private let logger: Logger?
    private let state: Mutex<State>

    init(_ section: RTPSourceSection, track: MediaStreamTrack, logger: Logger?) {
        self.section = section
        self.track = track
        self.logger = logger
        state = Mutex(
            State(
                pin: SenderPin(named: section.source),
                inserter: ParameterSetInserter(section, maximumSize: Self.maximumPayload)))
    }

    var counters: RTPSource.Counters { state.withLock { $0.counters } }

    /// Takes a datagram of the section's port.
    func receive(_ datagram: Span<UInt8>, from address: String, port: Int, now: Duration) {
        guard datagram.count >= 2, datagram[0] >> 6 == 2 else { return count(\.malformed) }
        // Reports on the same port (RFC 5761 §4).
        guard !(192...223).contains(datagram[1]) else { return count(\.reports) }
        guard let codec = section.codecs[datagram[1] & 0x7F], let packet = Self.packet(datagram) else {
            return count(\.malformed)
        }
        let isOversized = packet.payload.count > Self.maximumPayload
        let (packets, isNew, warns) = state.withLock { state -> ([RTPPacket], Bool, Bool) in
            let changes = state.pin.changes
            guard state.pin.admits(address, port: port, now: now) else {
                state.counters.foreign &+= 1
                return ([], false, false)
            }
            state.counters.packets &+= 1
            let isNew = state.pin.changes != changes
            let packets = state.inserter?.packets(for: packet) ?? [packet]
            guard isOversized else { return (packets, isNew, false) }
            state.counters.oversized &+= 1
            defer { state.hasWarned = true }
            return (packets, isNew, !state.hasWarned)
        }
        if isNew {
            logger?.info(
                "packets of a sender are shown from now on",
                metadata: ["sender": "\(address):\(port)", "port": "\(section.port)"])
        }
        if warns {
            logger?.warning(
                "packets are too large, and may not reach peers; send smaller ones (ffmpeg: ?pkt_size=1100, GStreamer: mtu=1100)",
                metadata: ["payload": "\(packet.payload.count)", "allowed": "\(Self.maximumPayload)"])
        }
        // Nothing but an end of the track is refused, and then nobody wants it.
        for packet in packets { _ = try? track.send(packet, codec: codec) }
    }

    /// A packet without what no peer gets: a stranger can put hundreds of elements into a header
    /// extension, which would be copied on the way to the track.
    static func packet(_ datagram: Span<UInt8>) -> RTPPacket? {
        guard var packet = try? RTPPacket(parsing: datagram) else { return nil }
        (packet.extensions, packet.csrcs) = ([], [])
        return packet
    }

    /// Takes a datagram of the port for reports.
    func receiveControl() { count(\.reports) }

    private func count(_ counter: any WritableKeyPath<RTPSource.Counters, UInt64> & Sendable) {
        state.withLock { $0.counters[keyPath: counter] &+= 1 }
    }
}
