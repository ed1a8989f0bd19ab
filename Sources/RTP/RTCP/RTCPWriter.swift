/// Writes RTCP packets one behind the other into one compound.
///
/// A compound that is not of reduced size begins with a report and has a CNAME (RFC 3550 §6.1);
/// that is its maker's to keep.
public struct RTCPWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// Begins with nothing.
    public init() {}

    /// Appends what another one has written.
    mutating func append(_ other: RTCPWriter) { bytes += other.bytes }

    /// The most that the count of a packet has room for.
    static let maximumCount = 31

    /// Appends packets of as many elements as a count has room for; none for none.
    mutating func append<Element>(
        _ type: RTCPType, _ elements: [Element], _ body: (ArraySlice<Element>, inout [UInt8]) -> Void
    ) {
        var rest = elements[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.maximumCount)
            rest = rest.dropFirst(Self.maximumCount)
            append(type, count: part.count) { bytes in body(part, &bytes) }
        }
    }

    /// Appends a packet: its header, and what `body` appends, padded with zeros to whole words.
    ///
    /// - Parameter count: 0 to 31.
    /// - Returns: false if it would be longer than 65,536 words; nothing has been appended then.
    @discardableResult
    mutating func append(_ type: RTCPType, count: Int, _ body: (inout [UInt8]) -> Void) -> Bool {
        let start = bytes.count
        bytes.append(0x80 | UInt8(truncatingIfNeeded: count & 0x1F))
        bytes.append(type.rawValue)
        bytes.append(big: 0 as UInt16)
        body(&bytes)
        while (bytes.count - start) % 4 != 0 { bytes.append(0) }
        let words = (bytes.count - start) / 4 - 1
        guard words <= 0xFFFF else {
            bytes.removeLast(bytes.count - start)
            return false
        }
        bytes[start + 2] = UInt8(truncatingIfNeeded: words >> 8)
        bytes[start + 3] = UInt8(truncatingIfNeeded: words)
        return true
    }
}
