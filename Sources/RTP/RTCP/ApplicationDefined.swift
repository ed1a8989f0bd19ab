/// What an application says in a way of its own: APP (RFC 3550 §6.7).
public struct ApplicationDefined: Sendable, Hashable {
    /// 0 to 31, the application's.
    public let subtype: UInt8
    /// Who says it.
    public let ssrc: UInt32
    /// Four characters of ASCII.
    public let name: UInt32
    /// Where the data stand.
    public let data: Range<Int>

    /// Reads one; nil if the packet is another, or ends before its name.
    public init?(_ block: RTCPReader.Block, in compound: Span<UInt8>) {
        guard block.type == .application, block.body.count >= 8 else { return nil }
        subtype = block.count
        ssrc = compound.uint32(at: block.body.lowerBound)
        name = compound.uint32(at: block.body.lowerBound + 4)
        data = block.body.lowerBound + 8..<block.body.upperBound
    }
}

extension RTCPWriter {
    /// Appends a packet of the application's; `data` are padded with zeros to whole words.
    public mutating func appendApplication(subtype: UInt8, from ssrc: UInt32, name: UInt32, _ data: [UInt8]) {
        append(.application, count: Int(subtype)) { bytes in
            bytes.append(big: ssrc)
            bytes.append(big: name)
            bytes += data
        }
    }
}
