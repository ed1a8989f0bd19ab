/// Decides which of a peer's requests to change the streams (RFC 6525 §4) usrsctp hears of.
///
/// A WebRTC peer resets its own outgoing streams, which is how channels close (RFC 8831 §6.7), and
/// may add some (§6.2). usrsctp obeys all other requests too, and one bit of its settings stands
/// for several of them: a peer that asked for 65,000 streams of ours would have their memory, and
/// one that asked us to reset ours, or all sequence numbers, would pull open channels away. What is
/// refused is put before usrsctp as a request to add more streams than there can be: it answers
/// "Denied" (§4.4) with the number of the request, and goes on counting requests as the peer does.
enum ReconfigurationFilter {
    private static let headerLength = 12
    private static let chunkType: UInt8 = 130
    private static let dataType: UInt8 = 0

    /// The parameters of RFC 6525 §4.1 to §4.6.
    private enum Parameter {
        static let incomingReset: UInt16 = 14
        static let associationReset: UInt16 = 15
        static let response: UInt16 = 16
        static let addOutgoing: UInt16 = 17
        static let addIncoming: UInt16 = 18
    }

    /// The packet as usrsctp may have it, its checksum to be set; nil if it may have it as it is.
    static func revise(_ packet: Span<UInt8>) -> [UInt8]? {
        var offset = headerLength
        var revised: [UInt8]?
        // Behind DATA usrsctp looks at no other chunk.
        while let length = packet.chunkLength(at: offset), packet[offset] != dataType {
            let end = min(offset + length + (4 - length % 4) % 4, packet.count)
            if packet[offset] == chunkType, let chunk = revise(chunk: packet, at: offset, length: length) {
                revised = (revised ?? packet.bytes(from: 0, to: offset)) + chunk
            } else {
                revised?.append(contentsOf: packet.bytes(from: offset, to: end))
            }
            offset = end
        }
        revised?.append(contentsOf: packet.bytes(from: offset, to: packet.count))
        return revised
    }

    private static func revise(chunk packet: Span<UInt8>, at start: Int, length: Int) -> [UInt8]? {
        var parameters: [UInt8] = []
        var isRevised = false
        var offset = start + 4
        let end = start + length
        while offset + 8 <= end {
            let size = Int(packet[offset + 2]) << 8 | Int(packet[offset + 3])
            guard size >= 8, offset + size <= end else { break }
            let type = UInt16(packet[offset]) << 8 | UInt16(packet[offset + 1])
            switch type {
            case Parameter.incomingReset, Parameter.associationReset, Parameter.addIncoming:
                isRevised = true
                parameters += [0, UInt8(Parameter.addOutgoing), 0, 12]
                parameters += packet.bytes(from: offset + 4, to: offset + 8) + [0xff, 0xff, 0, 0]
            case Parameter.response where size >= 12 && packet.uint32(at: offset + 8) == 0:
                // "Success - Nothing to do" is success, which usrsctp takes for a failure.
                isRevised = true
                parameters += packet.bytes(from: offset, to: offset + 8) + [0, 0, 0, 1]
                parameters += packet.bytes(from: offset + 12, to: offset + size)
            default:
                parameters += packet.bytes(from: offset, to: offset + size)
            }
            // All but the last are padded (RFC 9260 §3.2.1).
            parameters += repeatElement(0, count: (4 - size % 4) % 4)
            offset += size + (4 - size % 4) % 4
        }
        guard isRevised else { return nil }
        let whole = parameters.count + 4
        return [chunkType, packet[start + 1], UInt8(truncatingIfNeeded: whole >> 8), UInt8(truncatingIfNeeded: whole)]
            + parameters
    }
}
