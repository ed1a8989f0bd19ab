import RTP
import TestSupport

/// Two sessions joined by a network in memory that loses, delays and doubles packets; time is the test's.
final class SessionPair {
    struct Network {
        var loss = 0.0
        var duplication = 0.0
        var delay = Duration.milliseconds(20)
        var jitter = Duration.zero
        /// What passes to the receiver, in bit/s, and how long a packet may wait for that; what
        /// would wait longer is lost. nil for all of it.
        var bitrate: Int?
        var queue = Duration.milliseconds(200)
        /// The two bits of ECN with which packets arrive.
        var ecn: UInt8 = 0
    }

    let sender: SessionEnd
    let receiver: SessionEnd
    private(set) var now = Duration.seconds(10)
    private var random: SeededGenerator
    private var network: Network
    private var flying: [(at: Duration, order: Int, packet: [UInt8], isControl: Bool, toReceiver: Bool)] = []
    private var order = 0
    /// When the link to the receiver has sent what it has.
    private var busyUntil = Duration.zero
    /// How many packets were lost on the way to the receiver.
    private(set) var lost = 0
    /// How long a packet has waited for the link.
    var longestWait = Duration.zero

    static let video = RTPFormatParameters(
        payloadType: 96, name: "vp8", clockRate: 90_000, feedback: [.nack, .pictureLoss, .transportWide],
        repairPayloadType: 97)
    static let repair = RTPFormatParameters(payloadType: 97, name: "rtx", clockRate: 90_000, repairs: 96)
    static let audio = RTPFormatParameters(payloadType: 111, name: "opus", clockRate: 48_000, channels: 2)

    init(
        seed: UInt64 = 1, network: Network = Network(), epoch: Duration = .seconds(1_700_000_000),
        _ change: (inout RTPSection, inout RTPSection) -> Void = { _, _ in }
    ) {
        var generator = SeededGenerator(seed: seed)
        var numbers = SeededGenerator(seed: seed &+ 1)
        sender = SessionEnd("sender", epoch: epoch) { UInt32.random(in: 1 ... .max, using: &generator) }
        receiver = SessionEnd("receiver", epoch: epoch) { UInt32.random(in: 1 ... .max, using: &numbers) }
        random = SeededGenerator(seed: seed &+ 2)
        self.network = network
        var (sending, receiving) = (Self.section(sends: true), Self.section(sends: false))
        change(&sending, &receiving)
        sender.session.update([sending], now: now)
        receiver.session.update([receiving], now: now)
        sender.send = { [unowned self] in fly($0, isControl: $1, toReceiver: true) }
        receiver.send = { [unowned self] in fly($0, isControl: $1, toReceiver: false) }
    }

    static func section(mid: String = "0", sends: Bool) -> RTPSection {
        var section = RTPSection(mid: mid, kind: .video)
        (section.sends, section.receives, section.isReducedSize) = (sends, !sends, true)
        section.encodings = [.init(ssrc: 1000, repairSSRC: 2000)]
        section.sentFormats = [video]
        section.receivedFormats = [96: video, 97: repair]
        for path in [\RTPSection.sentExtensions, \.receivedExtensions] {
            section[keyPath: path].note(MediaID.uri, id: 9)
            section[keyPath: path].note(StreamID.uri, id: 10)
            section[keyPath: path].note(RepairedStreamID.uri, id: 11)
        }
        return section
    }

    private func fly(_ packet: [UInt8], isControl: Bool, toReceiver: Bool) {
        if Double.random(in: 0..<1, using: &random) < network.loss {
            if toReceiver { lost += 1 }
            return
        }
        var delay = network.delay
        if let bitrate = network.bitrate, toReceiver {
            let start = max(now, busyUntil)
            guard start - now <= network.queue else { return lost += 1 }
            busyUntil = start + .seconds(1) * (Double(8 * (packet.count + 28 + 16)) / Double(bitrate))
            delay += busyUntil - now
            longestWait = max(longestWait, busyUntil - now)
        }
        let copies = Double.random(in: 0..<1, using: &random) < network.duplication ? 2 : 1
        for _ in 0..<copies {
            let extra = network.jitter * Double.random(in: 0..<1, using: &random)
            order += 1
            flying.append((now + delay + extra, order, packet, isControl, toReceiver))
        }
    }

    /// Lets time pass: packets arrive and timers fire in their order.
    func run(for time: Duration) {
        let end = now + time
        while true {
            let arrival = flying.min { ($0.at, $0.order) < ($1.at, $1.order) }
            let timers = [sender.session.nextDeadline, receiver.session.nextDeadline].compactMap { $0 }
            let next = ([arrival?.at].compactMap { $0 } + timers).min()
            guard let next, next <= end else { break }
            now = max(now, next)
            if let arrival, arrival.at <= now {
                flying.removeAll { $0.order == arrival.order }
                let target = arrival.toReceiver ? receiver : sender
                target.take(arrival.packet, isControl: arrival.isControl, ecn: network.ecn, now: now)
            }
            for end in [sender, receiver] where end.session.nextDeadline.map({ $0 <= now }) ?? false {
                end.session.handleTimeout(now: now)
            }
        }
        now = end
    }

    func change(_ network: Network) { self.network = network }

    /// Sends a picture: VP8 as far as anybody looks.
    func sendPicture(_ number: Int, size: Int, isKeyFrame: Bool) throws {
        var data = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
        data[0] = isKeyFrame ? 0 : 1
        for stream in sender.session.sentStreams(of: "0") {
            try sender.session.send(
                data, cutBy: &sender.format, Self.video, on: stream, time: .milliseconds(33 * number),
                isKeyFrame: isKeyFrame, now: now)
        }
    }
}

/// One end: a session, and what has become of what it was given.
final class SessionEnd: RTPSessionDelegate {
    let name: String
    let session: RTPSession
    var format = VP8Format(pictureID: 0)
    var send: ([UInt8], _ isControl: Bool) -> Void = { _, _ in }
    var frames: [ReceivedFrame] = []
    /// Of each frame, as the session says it.
    var codecs: [String] = []
    var begun: [ReceivedStream] = []
    var ended: [ReceivedStream] = []
    var packets = 0
    var keyFrameRequests = 0
    /// Whether frames are put together.
    var assembles = true
    private(set) var now = Duration.zero

    init(_ name: String, epoch: Duration = .seconds(1_700_000_000), random: @escaping () -> UInt32) {
        self.name = name
        session = RTPSession(canonicalName: name, epoch: epoch, random: random)
        session.delegate = self
    }

    func take(_ packet: [UInt8], isControl: Bool, ecn: UInt8 = 0, now: Duration) {
        self.now = now
        let span = packet.span
        if isControl { session.receive(rtcp: span, now: now) } else { session.receive(rtp: span, ecn: ecn, now: now) }
        session.arrivalsEnded(now: now)
    }

    func rtpSession(send packet: Span<UInt8>) { send(packet.indices.map { packet[$0] }, false) }
    func rtpSession(sendControl compound: Span<UInt8>) { send(compound.indices.map { compound[$0] }, true) }
    func rtpSession(didBegin stream: ReceivedStream) {
        begun.append(stream)
        if assembles { session.assemble(stream, now: now) }
    }
    func rtpSession(didReceive packet: Span<UInt8>, _ header: RTPHeader, on stream: ReceivedStream) { packets += 1 }
    func rtpSession(didAssemble output: JitterBuffer.Output, on stream: ReceivedStream) {
        if case .frame(let frame) = output {
            frames.append(frame)
            codecs.append(stream.format.name)
        }
    }
    func rtpSession(didEnd stream: ReceivedStream) { ended.append(stream) }
    func rtpSession(needsKeyFrameOf stream: SentStream) { keyFrameRequests += 1 }
}
