extension RTPHeader {
    /// Where the value of an element of the header extension stands, or nil if there is none; the
    /// first, if an id is there twice.
    ///
    /// - Parameters:
    ///   - id: as it was negotiated, 1 to 255.
    ///   - packet: what the header was read from.
    public func rangeOfExtension(_ id: UInt8, in packet: Span<UInt8>) -> Range<Int>? {
        var elements = Elements(self)
        while let element = elements.next(in: packet) {
            if element.id == id { return element.value }
        }
        return nil
    }

    /// Goes through the elements of a header extension, without an allocation.
    ///
    /// An element that goes beyond the extension ends it, as do the ids 0 with a length and 15 in
    /// the one-byte form (RFC 8285 §4.2): the ones before stay good.
    public struct Elements: Sendable {
        private let form: ExtensionForm
        private let end: Int
        private var place: Int

        /// The elements of a header, from the first on.
        public init(_ header: RTPHeader) {
            form = header.extensionForm
            end = header.extensions.upperBound
            place = header.extensions.lowerBound
        }

        /// The next element's id, and where its value stands; nil at the end.
        ///
        /// - Parameter packet: what the header was read from.
        public mutating func next(in packet: Span<UInt8>) -> (id: UInt8, value: Range<Int>)? {
            while place < end {
                let id: UInt8
                let start: Int
                let count: Int
                let byte = packet[place]
                switch form {
                case .oneByte:
                    if byte == 0 {
                        place += 1
                        continue
                    }
                    (id, start, count) = (byte >> 4, place + 1, Int(byte & 0x0F) + 1)
                    guard id != 0, id != 15 else { return finish() }
                case .twoByte:
                    if byte == 0 {
                        place += 1
                        continue
                    }
                    guard place + 1 < end else { return finish() }
                    (id, start, count) = (byte, place + 2, Int(packet[place + 1]))
                case .none, .other: return finish()
                }
                guard start + count <= end else { return finish() }
                place = start + count
                return (id, start..<start + count)
            }
            return nil
        }

        private mutating func finish() -> (id: UInt8, value: Range<Int>)? {
            place = end
            return nil
        }
    }
}
