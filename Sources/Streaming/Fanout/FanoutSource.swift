import Forwarding
import MediaFiles
import RTP
import WebRTC

/// A stream of packets that watchers' streams are made of. Pure; time is a parameter.
struct FanoutSource: Sendable {
    /// What stands for the SSRC: sources of several tracks may have the same one.
    let id: UInt32
    /// Which track it is of.
    let feed: Int
    /// As it comes.
    let ssrc: UInt32
    let kind: SourceReader.Codec
    let clockRate: Int
    /// Among the streams of its sender.
    let name: String?
    /// Under which id its packets may have dependency descriptors; nil for none.
    let descriptorID: UInt8?
    /// What goes with each of its packets.
    struct Facts: Sendable {
        let codec: String
        /// How pictures have to be turned now, in degrees.
        var rotation = 0
        /// By how much later than the sender's clock says its packets come now.
        var lateness: Duration = .zero
    }

    private(set) var lastArrival: Duration
    private(set) var size: PictureSize?
    private(set) var facts: Facts
    private(set) var hasBegun = false
    /// Whether something has come that cannot be read before a key frame.
    private(set) var isUnread = false
    /// When it was made, and when its last key frame began.
    let since: Duration
    private(set) var lastKeyFrame: Duration?
    private var reader: SourceReader
    private var meter: LayerMeter
    private var frameRate = FrameRate()
    private var cache: ForwardingCache

    init(
        id: UInt32, feed: Int, ssrc: UInt32, codec: String, kind: SourceReader.Codec, clockRate: Int, name: String?,
        descriptorID: UInt8? = nil, now: Duration
    ) {
        (self.id, self.feed, self.ssrc, self.kind) = (id, feed, ssrc, kind)
        self.descriptorID = descriptorID
        facts = Facts(codec: codec)
        (self.clockRate, self.name, lastArrival, since) = (clockRate, name, now, now)
        reader = SourceReader(codec: kind, descriptorID: descriptorID)
        meter = LayerMeter(source: id)
        // A screen on which nothing happens sends nothing for as long as it likes.
        cache = ForwardingCache(
            limits: ForwardingCache.Limits(groupPackets: 2000, groupBytes: 2 << 20, groupAge: .seconds(24 * 3600)))
    }

    /// Reads a packet as it came, and what it makes readable.
    mutating func read(_ received: ReceivedPacket, now: Duration) -> [SourcePacket] {
        lastArrival = now
        facts.lateness = received.lateness ?? facts.lateness
        facts.rotation = received.rotation ?? facts.rotation
        var bytes = received.bytes
        guard bytes.count >= RTPHeader.minimumSize else { return [] }
        for place in 0..<4 { bytes[8 + place] = UInt8(truncatingIfNeeded: id >> (24 - 8 * UInt32(place))) }
        guard let packet = reader.read(bytes, arrival: now) else {
            // It may be one that goes by what a key frame before has said.
            isUnread = !hasBegun
            return []
        }
        var packets = [packet]
        if packet.beginsKeyFrame {
            lastKeyFrame = now
            packets += reader.readHeld()
            readSize(packet)
        }
        if kind != .audio { frameRate.note(timestamp: packet.header.timestamp, now: now) }
        for packet in packets {
            meter.note(packet)
            // Sound needs nothing of what was before.
            if kind != .audio { cache.insert(packet, now: now) }
        }
        (hasBegun, isUnread) = (true, false)
        return packets
    }

    /// The layers that there are, with what they take.
    mutating func layers(now: Duration) -> [VideoLayer] {
        guard hasBegun else { return [] }
        return meter.layers(now: now).map { layer in
            var layer = layer
            layer.width = layer.width ?? size?.width
            layer.height = layer.height ?? size?.height
            // A screen may stand still.
            if kind == .audio || name == nil { layer.isAlive = true }
            return layer
        }
    }

    /// How many pictures come a second; nil before that is known.
    mutating func framesPerSecond(now: Duration) -> Double? { frameRate.value(now: now) }

    /// Such as `video/VP8`.
    var codec: String { facts.codec }

    /// What watchers' streams go by.
    var content: Content { Content(codec: codec, isDescribed: descriptorID != nil) }

    struct Content: Sendable, Equatable {
        let codec: String
        /// Whether its packets may say which frames they need.
        let isDescribed: Bool
    }

    /// Whether who joins can begin with what is kept.
    func hasGroup(now: Duration) -> Bool { kind == .audio || cache.hasGroup(now: now) }

    var groupBytes: Int { cache.groupByteCount }

    /// The time from the last key frame to the last packet.
    var groupTime: Duration { lastKeyFrame.map { lastArrival - $0 } ?? .zero }

    /// The last key frame and all that came after it.
    func group(now: Duration) -> [SourcePacket] { kind == .audio ? [] : cache.group(now: now) }

    /// The picture's size stands in the first packet of its key frame, in each codec that is read.
    private mutating func readSize(_ packet: SourcePacket) {
        guard let (codec, joiner) = kind.sizes else { return }
        var (format, frame) = (joiner, [UInt8]())
        let payload = packet.bytes.span.extracting(packet.header.payload)
        do throws(RTPError) { try format.join(payload, to: &frame) } catch { return }
        size = PictureSize(keyFrame: frame, codec: codec) ?? size
    }
}

extension SourceReader.Codec {
    /// - Parameter name: such as `video/VP8`; nil for one that is not known here.
    init?(name: String) {
        let name = name.lowercased()
        if name.hasPrefix("audio/") {
            self = .audio
            return
        }
        switch name.drop(while: { $0 != "/" }).dropFirst() {
        case "vp8": self = .vp8
        case "vp9": self = .vp9
        case "h264": self = .h264
        case "h265": self = .h265
        case "av1": self = .av1
        default: return nil
        }
    }

    /// What reads a picture's size.
    fileprivate var sizes: (MediaFileCodec, any RTPPayloadFormat)? {
        switch self {
        case .vp8: (.vp8, VP8Format(pictureID: 0))
        case .vp9: (.vp9, VP9Format())
        case .h264: (.h264, H264Format())
        case .h265: (.h265, H265Format())
        case .av1: (.av1, AV1Format())
        case .audio: nil
        }
    }
}
