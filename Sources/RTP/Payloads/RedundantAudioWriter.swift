/// Makes payloads of sound that repeat those before them (RED, RFC 2198 §3), of one source.
public struct RedundantAudioWriter: Sendable {
    private struct Sent: Sendable {
        let payload: [UInt8]
        let timestamp: UInt32
    }

    /// Of what is repeated: that of the format without RED, 0 to 127.
    public let payloadType: UInt8
    /// How many of the payloads before each has, at most.
    public let distance: Int
    /// The oldest first.
    private var sent: [Sent] = []

    /// - Parameters:
    ///   - payloadType: of the format that is repeated, 0 to 127.
    ///   - distance: how many payloads before are repeated, 0 to 31; what is beyond is the nearest.
    public init(payloadType: UInt8, distance: Int = 1) {
        self.payloadType = payloadType & 0x7F
        self.distance = min(max(distance, 0), RedundantAudio.maximumCount - 1)
    }

    /// The payload of a packet of RED; what is to be repeated is remembered. Payloads that are too
    /// long or too old to be repeated are left out together with those before them, so that a
    /// receiver can tell by their number which packets they are of.
    ///
    /// - Parameters:
    ///   - payload: of the format that is repeated.
    ///   - timestamp: of the packet.
    ///   - maximumSize: bytes that all of it should have; the payload itself is there in any case.
    public mutating func write(_ payload: Span<UInt8>, timestamp: UInt32, maximumSize: Int) -> [UInt8] {
        var size = 1 + payload.count
        var first = sent.count
        while first > 0 {
            let block = sent[first - 1]
            let offset = timestamp &- block.timestamp
            guard block.payload.count <= RedundantAudio.maximumRepeatedSize, offset <= RedundantAudio.maximumOffset,
                size + 4 + block.payload.count <= maximumSize
            else { break }
            size += 4 + block.payload.count
            first -= 1
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        for block in sent[first...] {
            bytes.append(0x80 | payloadType)
            bytes.append(big24: (timestamp &- block.timestamp) << 10 | UInt32(block.payload.count))
        }
        bytes.append(payloadType)
        for block in sent[first...] { bytes += block.payload }
        bytes.append(payload)
        if distance > 0 {
            if sent.count == distance { sent.removeFirst() }
            sent.append(Sent(payload: payload.bytes(0..<payload.count), timestamp: timestamp))
        }
        return bytes
    }

    /// What was sent is repeated no more: packets without RED come in between.
    public mutating func forget() { sent = [] }
}
