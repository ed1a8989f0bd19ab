/// A page of Ogg (RFC 3533 §6).
struct OggPage {
    static let headerSize = 27
    static let isContinued: UInt8 = 1
    static let isFirst: UInt8 = 2
    static let isLast: UInt8 = 4

    /// Whether it goes on with a packet, and whether it is the first or the last of its stream.
    var flags: UInt8
    /// Where the stream is at the end of the last packet that ends here; -1 if none does.
    var granule: Int64
    /// Which stream.
    var serial: UInt32
    /// One more with each page of the stream.
    var sequence: UInt32
    /// The lengths of up to 255 parts of packets; a part of less than 255 bytes ends its packet.
    var lacing: [UInt8]
    var body: [UInt8]

    func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes += "OggS".utf8
        bytes += [0, flags]
        bytes.append(little: granule)
        bytes.append(little: serial)
        bytes.append(little: sequence)
        bytes.append(little: UInt32(0))
        bytes.append(UInt8(truncatingIfNeeded: lacing.count))
        bytes += lacing
        bytes += body
        let sum = OggChecksum.of(bytes[start...])
        for index in 0..<4 { bytes[start + 22 + index] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * index)) }
    }
}
