/// An RTP packet of its own, to be kept, changed or written (RFC 3550 §5.1).
///
/// What is only read on its way is better read as an ``RTPHeader``, which copies nothing.
public struct RTPPacket: Sendable, Hashable {
    /// See ``RTPHeader/marker``.
    public var marker: Bool
    /// 0 to 127.
    public var payloadType: UInt8
    /// One more with each packet of a source, modulo 2^16.
    public var sequenceNumber: UInt16
    /// The moment of the payload's first sample, in units of the format's clock.
    public var timestamp: UInt32
    /// The source.
    public var ssrc: UInt32
    /// The contributing sources, at most 15.
    public var csrcs: [UInt32]
    /// The elements of the header extension, in order; ids 1 to 255, values of up to 255 bytes.
    public var extensions: [RTPExtensionElement]
    /// What is carried.
    public var payload: [UInt8]
    /// Bytes behind the payload that mean nothing, 0 to 255.
    public var paddingCount: UInt8

    /// Makes a packet.
    public init(
        payloadType: UInt8, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32, marker: Bool = false,
        csrcs: [UInt32] = [], extensions: [RTPExtensionElement] = [], payload: [UInt8] = [], paddingCount: UInt8 = 0
    ) {
        self.marker = marker
        self.payloadType = payloadType
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.csrcs = csrcs
        self.extensions = extensions
        self.payload = payload
        self.paddingCount = paddingCount
    }

    /// Reads a packet. Elements of a header extension in another form than RFC 8285's are left out.
    ///
    /// - Throws: as ``RTPHeader/init(parsing:)``.
    public init(parsing packet: Span<UInt8>) throws(RTPError) {
        let header = try RTPHeader(parsing: packet)
        self.init(
            payloadType: header.payloadType, sequenceNumber: header.sequenceNumber, timestamp: header.timestamp,
            ssrc: header.ssrc, marker: header.marker, payload: packet.bytes(header.payload),
            paddingCount: UInt8(truncatingIfNeeded: header.paddingCount))
        for index in 0..<header.csrcCount { csrcs.append(header.csrc(index, in: packet)) }
        var elements = RTPHeader.Elements(header)
        while let element = elements.next(in: packet) {
            extensions.append(RTPExtensionElement(id: element.id, value: packet.bytes(element.value)))
        }
    }

    /// About how many bytes of memory it takes.
    package var memorySize: Int {
        extensions.reduce(128 + payload.count + 4 * csrcs.count) { $0 + 64 + $1.value.count }
    }

    /// The value of an element, or nil if there is none.
    public subscript(extension id: UInt8) -> [UInt8]? {
        extensions.first { $0.id == id }?.value
    }

    /// The bytes of the packet.
    ///
    /// - Throws: ``RTPError/outOfRange(field:value:allowed:)`` for a field that is beyond its
    ///   range.
    public func encoded() throws(RTPError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(RTPHeader.minimumSize + 4 * csrcs.count + 20 + payload.count + Int(paddingCount))
        try encode(into: &bytes)
        return bytes
    }

    /// Appends the bytes of the packet.
    ///
    /// - Throws: as ``encoded()``; nothing is appended then.
    public func encode(into bytes: inout [UInt8]) throws(RTPError) {
        guard payloadType < 128 else {
            throw .outOfRange(field: "the payload type", value: Int(payloadType), allowed: 0...127)
        }
        guard csrcs.count <= 15 else {
            throw .outOfRange(field: "the number of contributing sources", value: csrcs.count, allowed: 0...15)
        }
        let form = try RTPExtensionElement.form(of: extensions)
        let first: UInt8 =
            0x80 | (paddingCount > 0 ? 0x20 : 0) | (form == .none ? 0 : 0x10) | UInt8(truncatingIfNeeded: csrcs.count)
        bytes.append(first)
        bytes.append((marker ? 0x80 : 0) | payloadType)
        bytes.append(big: sequenceNumber)
        bytes.append(big: timestamp)
        bytes.append(big: ssrc)
        for csrc in csrcs { bytes.append(big: csrc) }
        RTPExtensionElement.encode(extensions, as: form, into: &bytes)
        bytes += payload
        if paddingCount > 0 {
            bytes.append(contentsOf: repeatElement(0, count: Int(paddingCount) - 1))
            bytes.append(paddingCount)
        }
    }
}
