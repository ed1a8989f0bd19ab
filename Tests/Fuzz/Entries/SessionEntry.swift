import RTP

/// A whole session of RTP with a peer that has the keys and means harm: packets, RTCP and time as the bytes say. What is
/// kept and what is sent stays bounded, and all that is sent can be read.
enum SessionEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let peer = SessionPeer(&input)
        while !input.isEmpty {
            try peer.step(&input)
            try peer.check()
        }
    }
}

/// The session, and what the peer does to it.
private final class SessionPeer: RTPSessionDelegate {
    /// No clock of a session has gone on for so long, 126 years.
    private static let lastMoment = Duration.seconds(4_000_000_000)
    private static let names = ["opus", "vp8", "vp9", "h264", "h265", "av1"]

    private let session: RTPSession
    private var now = Duration.seconds(1)
    private var sections: [RTPSection]
    private var cutter = VP8Format()
    private var finding: String?
    // What the next packet has, unless it says otherwise.
    private var number: UInt16 = 65_000
    private var timestamp: UInt32 = .max - 9000

    init(_ input: inout FuzzInput) {
        var next: UInt32 = 0
        session = RTPSession(canonicalName: "name", epoch: .seconds(1_700_000_000)) {
            next &+= 0x9E37_79B9
            return next | 1
        }
        sections = [Self.audio(), Self.video(mid: "1", input.choice(Self.names)), Self.video(mid: "2", "vp8")]
        session.delegate = self
        session.update(sections, now: now)
    }

    private static func audio() -> RTPSection {
        var section = RTPSection(mid: "0", kind: .audio)
        let opus = RTPFormatParameters(payloadType: 111, name: "opus", clockRate: 48_000, channels: 2)
        let red = RTPFormatParameters(payloadType: 63, name: "red", clockRate: 48_000, channels: 2)
        let tone = RTPFormatParameters(payloadType: 110, name: "telephone-event", clockRate: 48_000)
        let old = RTPFormatParameters(payloadType: 0, name: "pcmu", clockRate: 8000)
        section.receivedFormats = [111: opus, 63: red, 110: tone, 0: old]
        section.sentFormats = [opus]
        return complete(section, ssrc: 1000)
    }

    private static func video(mid: String, _ name: String) -> RTPSection {
        var section = RTPSection(mid: mid, kind: .video)
        let type: UInt8 = mid == "1" ? 96 : 98
        let format = RTPFormatParameters(
            payloadType: type, name: name, clockRate: 90_000, feedback: [.nack, .pictureLoss, .transportWide],
            repairPayloadType: type + 1)
        section.receivedFormats = [
            type: format,
            type + 1: RTPFormatParameters(payloadType: type + 1, name: "rtx", clockRate: 90_000, repairs: type),
        ]
        section.sentFormats = [format]
        if mid == "2" {
            // Told by source where this one alone sends (RFC 8888).
            section.receivedFormats[type]?.feedback.insert(.congestionControl)
            section.sentFormats[0].feedback.insert(.congestionControl)
        }
        section.receivedStreamIDs = ["a", "b"]
        section.announcedRepairs = [5: 6]
        section.announcedSources = [5]
        return complete(section, ssrc: 1000 + UInt32(type))
    }

    private static func complete(_ section: RTPSection, ssrc: UInt32) -> RTPSection {
        var section = section
        (section.sends, section.receives, section.isReducedSize) = (true, true, section.mid == "1")
        section.encodings = [.init(ssrc: ssrc, repairSSRC: ssrc + 1)]
        let uris = [
            MediaID.uri, StreamID.uri, RepairedStreamID.uri, TransportSequenceNumber.uri, AudioLevel.uri,
            ContributorLevels.uri,
        ]
        for (index, uri) in uris.enumerated() {
            section.receivedExtensions.note(uri, id: UInt8(index + 1))
            section.sentExtensions.note(uri, id: UInt8(index + 1))
        }
        return section
    }

    func step(_ input: inout FuzzInput) throws {
        switch input.below(16) {
        case 0: goOn(to: now + .milliseconds(input.number()))
        case 1: goOn(to: now + .seconds(input.number() * input.number()))
        case 2: goOn(to: session.nextDeadline ?? now)
        case 3: session.handleTimeout(now: now)
        case 4: try sendPicture(&input)
        case 5: updateSections(&input)
        case 6: number = UInt16(truncatingIfNeeded: input.number())
        case 7: timestamp = UInt32(input.number()) << 16 | UInt32(input.number())
        case 8, 9: receiveControl(&input)
        default: try receivePackets(&input)
        }
        if input.flag() { session.arrivalsEnded(now: now) }
    }

    /// Never back, which no monotonic clock goes.
    private func goOn(to time: Duration) { now = max(now, min(time, Self.lastMoment)) }

    private func receivePackets(_ input: inout FuzzInput) throws {
        let types: [UInt8] = [111, 63, 110, 0, 96, 97, 98, 99, 50]
        let source = input.flag() ? UInt32(input.below(8)) : UInt32(input.number())
        var packet = RTPPacket(
            payloadType: input.choice(types), sequenceNumber: 0, timestamp: timestamp, ssrc: source,
            marker: input.flag(), csrcs: Array(repeating: source &+ 1, count: input.below(4)))
        for _ in 0..<input.below(4) {
            packet.extensions.append(.init(id: UInt8(1 + input.below(8)), value: input.take(input.below(20))))
        }
        packet.payload = input.take(input.below(48))
        for _ in 0...input.below(64) {
            number &+= UInt16(truncatingIfNeeded: input.choice([1, 1, 1, 2, 20, 900, 3000, 65_535]))
            timestamp &+= input.choice([0, 960, 3000, 1 << 31])
            (packet.sequenceNumber, packet.timestamp) = (number, timestamp)
            let bytes = input.mutate(try packet.encoded())
            session.receive(rtp: bytes.span, ecn: UInt8(truncatingIfNeeded: number), now: now)
        }
    }

    private func receiveControl(_ input: inout FuzzInput) {
        var writer = RTCPWriter()
        for _ in 0...input.below(8) { append(&input, to: &writer) }
        let bytes = input.flag() ? writer.bytes : input.mutate(writer.bytes)
        for _ in 0...input.below(4) { session.receive(rtcp: bytes.span, now: now) }
    }

    private func append(_ input: inout FuzzInput, to writer: inout RTCPWriter) {
        let (own, theirs) = (input.choice([1000, 1096, 1097, 1098] as [UInt32]), UInt32(input.below(8)))
        let long = UInt32(input.number()) << 16 | UInt32(input.number())
        switch input.below(10) {
        case 0:
            let report = SenderReport(
                ssrc: theirs, ntpTime: UInt64(long) << 32, rtpTimestamp: long, packetCount: long, octetCount: long)
            writer.append(report, Array(repeating: ReportBlock(ssrc: own, lastSenderReport: long), count: 31))
        case 1:
            let block = ReportBlock(
                ssrc: own, packetsLost: Int32(bitPattern: long), extendedHighestSequenceNumber: long, jitter: long,
                lastSenderReport: long, delaySinceLastSenderReport: long)
            writer.appendReceiverReports(from: theirs, [block])
        case 2: writer.appendCanonicalName(String(repeating: "n", count: input.below(256)), of: [theirs, own])
        case 3: writer.appendGoodbye(of: [theirs, own])
        case 4: writer.appendPictureLoss(from: theirs, of: own)
        case 5:
            writer.appendFullIntraRequests(
                from: theirs, [.init(ssrc: own, sequenceNumber: UInt8(truncatingIfNeeded: long))])
        case 6:
            let items = (0..<64).map { NackItem(packetID: UInt16(truncatingIfNeeded: long) &+ 17 * $0, bitmask: .max) }
            writer.appendNack(from: theirs, of: own, items)
        case 7: writer.appendEstimatedBitrate(from: theirs, bitsPerSecond: UInt64(long) << 32, of: [own])
        case 8:
            let offsets = (0..<64).map { index in
                index % 3 == 1 ? nil : (time: UInt16(truncatingIfNeeded: long) &+ index, ecn: UInt8(index & 3))
            }
            writer.appendCongestionControl(
                from: theirs, timestamp: long,
                [(ssrc: own, first: UInt16(truncatingIfNeeded: long), offsets: offsets)])
        default:
            writer.appendTransportWide(
                from: theirs, of: own, feedbackCount: 0,
                [.init(sequenceNumber: UInt16(truncatingIfNeeded: long), time: 1)])
        }
    }

    private func sendPicture(_ input: inout FuzzInput) throws {
        let frame = [UInt8](repeating: 1, count: 1 + input.number() % 20_000)
        for stream in session.sentStreams(of: "2") where stream.isSending {
            try session.send(
                frame, cutBy: &cutter, sections[2].sentFormats[0], on: stream, time: now, isKeyFrame: input.flag(),
                now: now)
        }
    }

    private func updateSections(_ input: inout FuzzInput) {
        let index = input.below(sections.count)
        sections[index].receives = input.flag()
        sections[index].sends = input.flag()
        session.update(sections, now: now)
    }

    /// What has to hold whatever has come.
    func check() throws(FuzzFinding) {
        if let finding { throw FuzzFinding(finding) }
        let streams = session.receivedStreams
        try FuzzFinding.require(streams.count <= 256, "\(streams.count) streams")
        let buffers = streams.compactMap(\.buffer)
        try FuzzFinding.require(buffers.count <= 4 * 3 * 3, "\(buffers.count) buffers")
        try FuzzFinding.require(streams.allSatisfy { $0.missing.count <= 512 }, "more is missing than is kept")
        session.handleTimeout(now: now)
        let isLater = session.nextDeadline.map { $0 > now } ?? true
        try FuzzFinding.require(isLater, "something is due, and is not done")
    }

    func rtpSession(send packet: Span<UInt8>) {
        if (try? RTPHeader(parsing: packet)) == nil || packet.count > 1200 { finding = "a packet that nobody can read" }
    }

    func rtpSession(sendControl compound: Span<UInt8>) {
        var reader = RTCPReader()
        do throws(RTPError) {
            while try reader.next(in: compound) != nil {}
        } catch {
            finding = "a compound that nobody can read: \(error)"
        }
        if compound.count > 1200 { finding = "a compound of \(compound.count) bytes" }
    }

    func rtpSession(didBegin stream: ReceivedStream) { session.assemble(stream, now: now) }
    func rtpSession(didReceive packet: Span<UInt8>, _ header: RTPHeader, on stream: ReceivedStream) {}
    func rtpSession(didAssemble output: JitterBuffer.Output, on stream: ReceivedStream) {
        if case .frame(let frame) = output, frame.bytes.isEmpty { finding = "a frame of nothing" }
    }
    func rtpSession(didEnd stream: ReceivedStream) {}
    func rtpSession(needsKeyFrameOf stream: SentStream) {}
}
