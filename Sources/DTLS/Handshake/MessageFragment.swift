/// A fragment of a handshake message, as it stands in a record (RFC 6347 §4.2.2). What cannot be
/// one is none.
struct MessageFragment {
    let kind: HandshakeMessage.Kind
    let sequence: Int
    /// The length of the whole message.
    let length: Int
    /// Which part of the message it is.
    let part: Range<Int>
    /// Where that part lies in the record.
    let place: Range<Int>

    /// The fragment that begins at `start` of a record; nil if there is none that is whole and
    /// possible.
    init?(in record: Span<UInt8>, at start: Int) {
        guard record.count - start >= HandshakeMessage.headerLength else { return nil }
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 << 8 | Int(record[start + offset + $1]) }
        }
        let (length, offset, count) = (number(1, 3), number(6, 3), number(9, 3))
        let place = start + HandshakeMessage.headerLength
        guard let kind = HandshakeMessage.Kind(rawValue: record[start]), kind.lengths.contains(length),
            offset + count <= length, count > 0 || length == 0, record.count - place >= count
        else { return nil }
        self.kind = kind
        self.sequence = number(4, 2)
        self.length = length
        self.part = offset..<offset + count
        self.place = place..<place + count
    }

    /// The fragments of a record: one after the other, up to what is none.
    static func all(in record: Span<UInt8>) -> [MessageFragment] {
        var found: [MessageFragment] = []
        var start = Record.headerLength
        while let fragment = MessageFragment(in: record, at: start), found.count < 16 {
            found.append(fragment)
            start = fragment.place.upperBound
        }
        return found
    }
}
