internal import JSEP
internal import NetworkLoop
internal import RTP

// What reports say of the streams on a transport (W3C webrtc-stats §8).
extension MediaSession {
    /// The entries about streams, what the peer reports of them, and the codecs that they are in.
    ///
    /// - Parameter timestamp: the time now, in milliseconds since 1970.
    func stats(_ timestamp: Double) -> [Stats] {
        guard let rtp else { return [] }
        var report = StreamReport(
            transport: transport, generation: generation, timestamp: timestamp, readsECN: rtp.tellsOfMarks)
        for stream in rtp.receivedStreams {
            guard let lane = lanes[stream.mid] else { continue }
            let formats = rtp.sections[stream.mid]?.receivedFormats.values.map(\.self) ?? []
            report.add(
                stream, of: lane.transceiver,
                hasRepairs: formats.contains { $0.repairs == stream.format.payloadType })
        }
        for lane in lanes.values {
            for (index, stream) in rtp.sentStreams(of: lane.plan.mid).enumerated() {
                report.add(stream, at: index, of: lane.transceiver)
            }
        }
        return report.entries + report.codecs.values.map(Stats.codec)
    }
}

/// Collects the entries of one report.
private struct StreamReport {
    let transport: ConnectionTransport
    let generation: Int
    let timestamp: Double
    /// Whether it is known with which ECN bits packets come.
    let readsECN: Bool
    var entries: [Stats] = []
    var codecs: [String: CodecStats] = [:]

    init(transport: ConnectionTransport, generation: Int, timestamp: Double, readsECN: Bool) {
        self.transport = transport
        self.readsECN = readsECN
        self.generation = generation
        self.timestamp = timestamp
    }

    private var transportID: String { "T\(transport.id)" }

    /// The end of the ids of a stream: a source that comes again after it was gone has another.
    private func name(_ number: Int, _ ssrc: UInt32) -> String { "\(transport.id)-\(generation)-\(number)-\(ssrc)" }

    private func wallClock(_ moment: Duration) -> Double { transport.wallClock(moment, timestamp) ?? timestamp }

    /// Names a codec, and has it told of. What the id has in it makes it the same for both
    /// directions, as long as these do not differ, and the same again later.
    private mutating func codec(_ format: RTPFormatParameters, _ kind: MediaKind) -> String {
        let parameters = format.parameters.map { "-" + $0 } ?? ""
        let id = "C\(transport.id)-\(format.payloadType)-\(format.name)\(parameters)"
        codecs[id] = CodecStats(
            id: id, timestamp: timestamp, payloadType: UInt32(format.payloadType), transportId: transportID,
            mimeType: "\(kind.rawValue)/\(format.displayName)", clockRate: UInt32(clamping: format.clockRate),
            channels: kind == .audio ? UInt32(clamping: format.channels) : nil, sdpFmtpLine: format.parameters)
        return id
    }

    // MARK: Received

    mutating func add(_ stream: ReceivedStream, of transceiver: RTPTransceiver, hasRepairs: Bool) {
        let kind = transceiver.kind
        let name = name(stream.number, stream.ssrc)
        let (id, remoteID) = ("I" + name, "RO" + name)
        let codecID = codec(stream.format, kind)
        let counters = stream.counters
        let discarded = counters.discardedBefore + (stream.buffer?.discarded ?? 0)
        // Once frames were put together these go on counting, whether they are read now or not.
        let hasFrames = stream.hasBuffer || counters.emitted > 0 || counters.framesReceived > 0
        let isVideo = kind == .video
        entries.append(
            .inboundRTP(
                InboundRTPStreamStats(
                    id: id, timestamp: timestamp, ssrc: stream.ssrc, kind: kind, transportId: transportID,
                    codecId: codecID, packetsReceived: counters.packetsReceived,
                    packetsLost: counters.lostBefore + stream.statistics.lost,
                    jitter: stream.statistics.jitter / Double(stream.format.clockRate),
                    packetsReceivedWithEct1: readsECN ? counters.ect1Packets : nil,
                    packetsReceivedWithCe: readsECN ? counters.cePackets : nil,
                    trackIdentifier: transceiver.receiver.track.id, mid: transceiver.mid,
                    remoteId: stream.lastReport == nil ? nil : remoteID,
                    lastPacketReceivedTimestamp: counters.lastPacket.map(wallClock),
                    headerBytesReceived: counters.headerBytesReceived,
                    packetsDiscarded: hasFrames ? discarded : nil,
                    bytesReceived: counters.bytesReceived, nackCount: counters.nackCount,
                    firCount: isVideo ? counters.firCount : nil, pliCount: isVideo ? counters.pliCount : nil,
                    jitterBufferDelay: hasFrames ? counters.bufferDelay : nil,
                    jitterBufferEmittedCount: hasFrames ? counters.emitted : nil,
                    framesReceived: isVideo && hasFrames ? counters.framesReceived : nil,
                    retransmittedPacketsReceived: hasRepairs ? counters.retransmittedPacketsReceived : nil,
                    retransmittedBytesReceived: hasRepairs ? counters.retransmittedBytesReceived : nil,
                    rtxSsrc: hasRepairs ? stream.repairSSRC : nil)))
        guard let (report, arrival) = stream.lastReport else { return }
        let time = report.ntpTime == 0 ? nil : NTPTime(rawValue: report.ntpTime).sinceEpoch / .milliseconds(1)
        entries.append(
            .remoteOutboundRTP(
                RemoteOutboundRTPStreamStats(
                    id: remoteID, timestamp: wallClock(arrival), ssrc: stream.ssrc, kind: kind,
                    transportId: transportID, codecId: codecID, packetsSent: UInt64(report.packetCount),
                    bytesSent: UInt64(report.octetCount), localId: id, remoteTimestamp: time,
                    reportsSent: stream.reportCount)))
    }

    // MARK: Sent

    mutating func add(_ stream: SentStream, at index: Int, of transceiver: RTPTransceiver) {
        let kind = transceiver.kind
        let name = name(stream.number, stream.ssrc)
        let (id, remoteID) = ("O" + name, "RI" + name)
        let codecID = stream.format.map { codec($0, kind) }
        let counters = stream.counters
        let isVideo = kind == .video
        entries.append(
            .outboundRTP(
                OutboundRTPStreamStats(
                    id: id, timestamp: timestamp, ssrc: stream.ssrc, kind: kind, transportId: transportID,
                    codecId: codecID, packetsSent: counters.packetsSent + counters.retransmittedPacketsSent,
                    bytesSent: counters.bytesSent + counters.retransmittedBytesSent, mid: transceiver.mid,
                    mediaSourceId: transceiver.sender.track?.statsID,
                    remoteId: stream.remote == nil ? nil : remoteID, rid: isVideo ? stream.encoding.rid : nil,
                    encodingIndex: isVideo ? UInt32(clamping: index) : nil,
                    headerBytesSent: counters.headerBytesSent + counters.retransmittedHeaderBytesSent,
                    retransmittedPacketsSent: counters.retransmittedPacketsSent,
                    retransmittedBytesSent: counters.retransmittedBytesSent,
                    rtxSsrc: stream.hasRepairStream ? stream.encoding.repairSSRC : nil,
                    framesSent: isVideo ? counters.framesSent : nil, nackCount: counters.nackCount,
                    firCount: isVideo ? counters.firCount : nil, pliCount: isVideo ? counters.pliCount : nil,
                    active: stream.isSending && transceiver.core.isActive(stream.encoding.rid))))
        guard let remote = stream.remote else { return }
        entries.append(
            .remoteInboundRTP(
                RemoteInboundRTPStreamStats(
                    id: remoteID, timestamp: wallClock(remote.arrival), ssrc: stream.ssrc, kind: kind,
                    transportId: transportID, codecId: codecID, packetsReceived: stream.packetsArrived,
                    packetsLost: Int64(remote.block.packetsLost),
                    jitter: Double(remote.block.jitter) / Double(stream.clockRate), localId: id,
                    roundTripTime: remote.roundTrip.map { $0 / .seconds(1) },
                    totalRoundTripTime: remote.totalRoundTrip / .seconds(1),
                    fractionLost: Double(remote.block.fractionLost) / 256,
                    roundTripTimeMeasurements: remote.roundTripCount)))
    }
}

extension SentStream {
    /// About how many packets the peer has, by its last report (W3C webrtc-stats,
    /// `packetsReceived`).
    fileprivate var packetsArrived: UInt64 {
        guard let block = remote?.block, let first = firstSequenceNumber else { return 0 }
        return UInt64(max(0, Int64(block.extendedHighestSequenceNumber) - Int64(first) + 1 - Int64(block.packetsLost)))
    }
}
