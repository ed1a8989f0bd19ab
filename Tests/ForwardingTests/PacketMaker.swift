import RTP

@testable import Forwarding

/// Makes packets as a source would.
struct PacketMaker {
    /// A VP8 payload of which all numbers are there.
    static func vp8(
        id: Int, base: Int = 0, key: Int = 0, layer: Int = 0, sync: Bool = false, isKey: Bool = false,
        begins: Bool = true, bits: Int = 15, size: Int = 20
    ) -> [UInt8] {
        var payload: [UInt8] = [begins ? 0x90 : 0x80, 0xF0]
        if bits == 15 {
            payload += [0x80 | UInt8(truncatingIfNeeded: id >> 8 & 0x7F), UInt8(truncatingIfNeeded: id)]
        } else {
            payload.append(UInt8(truncatingIfNeeded: id & 0x7F))
        }
        payload.append(UInt8(truncatingIfNeeded: base))
        payload.append(UInt8(layer) << 6 | (sync ? 0x20 : 0) | UInt8(truncatingIfNeeded: key & 0x1F))
        payload.append(isKey ? 0 : 1)
        return payload + [UInt8](repeating: 7, count: size)
    }

    /// A VP9 payload with layers; references make it one of the flexible mode.
    static func vp9(
        id: Int, spatial: Int = 0, temporal: Int = 0, isPredicted: Bool = true, needsLower: Bool = false,
        isSwitch: Bool = false, base: Int = 0, begins: Bool = true, ends: Bool = true, references: [Int]? = nil
    ) -> [UInt8] {
        var flags: UInt8 = 0xA0 | (isPredicted ? 0x40 : 0) | (begins ? 0x08 : 0) | (ends ? 0x04 : 0)
        if references != nil { flags |= 0x10 }
        var payload = [flags, 0x80 | UInt8(truncatingIfNeeded: id >> 8 & 0x7F), UInt8(truncatingIfNeeded: id)]
        payload.append(
            UInt8(temporal) << 5 | (isSwitch ? 0x10 : 0) | UInt8(spatial) << 1 | (needsLower ? 1 : 0))
        if let references {
            for (index, back) in references.enumerated() where isPredicted {
                payload.append(UInt8(back) << 1 | (index + 1 < references.count ? 1 : 0))
            }
        } else {
            payload.append(UInt8(truncatingIfNeeded: base))
        }
        return payload + [9, 9, 9]
    }

    static func packet(
        _ payload: [UInt8], source: UInt32 = 1, number: Int, timestamp: Int, marker: Bool = false,
        extensions: [RTPExtensionElement] = [], padding: UInt8 = 0
    ) -> [UInt8] {
        let packet = RTPPacket(
            payloadType: 96, sequenceNumber: UInt16(truncatingIfNeeded: number),
            timestamp: UInt32(truncatingIfNeeded: timestamp), ssrc: source, marker: marker, extensions: extensions,
            payload: payload, paddingCount: padding)
        return (try? packet.encoded()) ?? []
    }
}

extension SourceReader {
    /// Reads a packet that is made.
    mutating func make(
        _ payload: [UInt8], source: UInt32 = 1, number: Int, timestamp: Int, marker: Bool = false,
        extensions: [RTPExtensionElement] = [], padding: UInt8 = 0, at arrival: Duration
    ) -> SourcePacket? {
        read(
            PacketMaker.packet(
                payload, source: source, number: number, timestamp: timestamp, marker: marker,
                extensions: extensions, padding: padding),
            arrival: arrival)
    }
}

/// What packets that are sent to a watcher say.
enum Sent {
    struct Unreadable: Error {}

    static func vp8(_ bytes: [UInt8]) throws -> VP8Facts {
        let header = try RTPHeader(parsing: bytes.span)
        guard let facts = VP8Facts(bytes.span.extracting(header.payload)) else { throw Unreadable() }
        return facts
    }

    static func vp9(_ bytes: [UInt8]) throws -> VP9Facts {
        let header = try RTPHeader(parsing: bytes.span)
        guard let facts = VP9Facts(bytes.span.extracting(header.payload)) else { throw Unreadable() }
        return facts
    }
}
