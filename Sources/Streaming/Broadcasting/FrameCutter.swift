import RTP
import WebRTC

/// Cuts the frames of a track into packets, once for all watchers. Pure; time is a parameter.
struct FrameCutter: Sendable {
    /// How many streams of one track are told apart; of further ones the frames are passed over.
    static let maximumStreams = 16
    /// Payloads of this size reach everybody.
    static let maximumPayload = 1_100

    private struct Stream: Sendable {
        var codec: String
        var format: any RTPPayloadFormat
        let clockRate: Int
        let ssrc: UInt32
        var sequenceNumber: UInt16 = .random(in: 0..<0x8000)
        let firstTimestamp: UInt32 = .random(in: 0...0x7FFF_FFFF)
    }

    private var streams: [String?: Stream] = [:]
    private var nextSSRC: UInt32 = 1

    init() {}

    /// The packets of a frame; none for one that is not of its codec, or of one that is not known.
    mutating func cut(_ frame: MediaFrame, lateness: Duration) -> [ReceivedPacket] {
        guard var stream = stream(for: frame) else { return [] }
        var (format, number) = (stream.format, stream.sequenceNumber)
        let (ssrc, clockRate) = (stream.ssrc, stream.clockRate)
        defer {
            (stream.format, stream.sequenceNumber) = (format, number)
            streams[frame.streamID] = stream
        }
        let timestamp =
            stream.firstTimestamp
            &+ UInt32(
                truncatingIfNeeded: frame.timestamp.ticks(rate: Int64(stream.clockRate)))
        var packets: [ReceivedPacket] = []
        let isAudio = frame.codec.lowercased().hasPrefix("audio/")
        let span = frame.data.span
        do throws(RTPError) {
            try format.cut(span, maximumSize: Self.maximumPayload) { part in
                var payload: [UInt8] = []
                part.append(of: span, to: &payload)
                let packet = RTPPacket(
                    payloadType: 96, sequenceNumber: number, timestamp: timestamp &+ part.timestampOffset,
                    ssrc: ssrc, marker: part.isLast && !isAudio,
                    payload: payload)
                number &+= 1
                guard let bytes = try? packet.encoded() else { return }
                packets.append(
                    ReceivedPacket(
                        bytes: bytes, codec: frame.codec, clockRate: clockRate, streamID: frame.streamID,
                        lateness: lateness, rotation: part.isLast ? frame.rotation : nil))
            }
        } catch { return [] }
        return packets
    }

    private mutating func stream(for frame: MediaFrame) -> Stream? {
        if let known = streams[frame.streamID], known.codec == frame.codec { return known }
        let name = String(frame.codec.lowercased().drop { $0 != "/" }.dropFirst())
        let clockRate = FrameCutter.clockRate(of: frame.codec)
        let parameters = RTPFormatParameters(
            payloadType: 96, name: name, clockRate: clockRate, parameters: "packetization-mode=1")
        guard let format = parameters.makeFormat() else { return nil }
        guard streams[frame.streamID] != nil || streams.count < Self.maximumStreams else { return nil }
        nextSSRC &+= 1
        return Stream(codec: frame.codec, format: format, clockRate: clockRate, ssrc: nextSSRC)
    }

    /// In Hz (RFC 3551 §6, RFC 7587 §4.1).
    static func clockRate(of codec: String) -> Int {
        switch codec.lowercased() {
        case "audio/opus": 48_000
        case let codec where codec.hasPrefix("audio/"): 8_000
        default: 90_000
        }
    }
}
