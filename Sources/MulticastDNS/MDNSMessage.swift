/// The part of a multicast DNS message that a one-shot query needs (RFC 6762 §5.1, RFC 1035 §4).
package struct MDNSMessage {
    /// An address from an answer.
    package struct AddressRecord: Hashable {
        /// The name, in lower case, without the final dot.
        package var name: String
        /// 4 bytes (A) or 16 (AAAA).
        package var address: [UInt8]
        /// In seconds; 0 takes the record back.
        package var timeToLive: UInt32
    }

    package static let typeA: UInt16 = 1
    package static let typeAAAA: UInt16 = 28

    /// A query for the A and AAAA records of `name`, with the QU bit set: answer by unicast (RFC
    /// 6762 §5.4).
    package static func addressQuery(for name: String, id: UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: UInt16) {
            bytes.append(UInt8(value >> 8))
            bytes.append(UInt8(value & 0xFF))
        }
        append(id)
        append(0)  // a standard query
        append(2)  // questions
        for _ in 0..<3 { append(0) }
        for (index, type) in [typeA, typeAAAA].enumerated() {
            if index == 0 {
                for label in name.split(separator: ".") {
                    bytes.append(UInt8(min(label.utf8.count, 63)))
                    bytes.append(contentsOf: label.utf8.prefix(63))
                }
                bytes.append(0)
            } else {
                append(0xC00C)  // the name of the first question
            }
            append(type)
            append(0x8001)  // QU, class IN
        }
        return bytes
    }

    /// The address records of a response; empty for anything that is no response or breaks off.
    ///
    /// Records before the place where a message is damaged count.
    package static func addressRecords(in message: [UInt8]) -> [AddressRecord] {
        var reader = Reader(bytes: message)
        guard reader.skip(2), let flags = reader.readUInt16(), flags & 0x8000 != 0, flags & 0x000F == 0,
            let questions = reader.readUInt16(), let answers = reader.readUInt16(),
            let authorities = reader.readUInt16(), let additionals = reader.readUInt16()
        else { return [] }
        for _ in 0..<questions {
            guard reader.readName() != nil, reader.skip(4) else { return [] }
        }
        var records: [AddressRecord] = []
        for _ in 0..<(Int(answers) + Int(authorities) + Int(additionals)) {
            guard let name = reader.readName(), let type = reader.readUInt16(), let recordClass = reader.readUInt16(),
                let high = reader.readUInt16(), let low = reader.readUInt16(), let length = reader.readUInt16(),
                let data = reader.readBytes(Int(length))
            else { return records }
            // The top bit of the class is the cache-flush bit (RFC 6762 §10.2).
            guard recordClass & 0x7FFF == 1, (type == typeA && length == 4) || (type == typeAAAA && length == 16) else {
                continue
            }
            records.append(AddressRecord(name: name, address: data, timeToLive: UInt32(high) << 16 | UInt32(low)))
        }
        return records
    }

    private struct Reader {
        package let bytes: [UInt8]
        package var index = 0

        package init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        package mutating func skip(_ count: Int) -> Bool {
            guard count <= bytes.count - index else { return false }
            index += count
            return true
        }

        package mutating func readUInt16() -> UInt16? {
            guard bytes.count - index >= 2 else { return nil }
            defer { index += 2 }
            return UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
        }

        package mutating func readBytes(_ count: Int) -> [UInt8]? {
            guard count <= bytes.count - index else { return nil }
            defer { index += count }
            return Array(bytes[index..<(index + count)])
        }

        /// A name with compression pointers (RFC 1035 §4.1.4). A pointer must lead back, so that a
        /// chain of them ends.
        package mutating func readName() -> String? {
            var labels: [String] = []
            var length = 0
            var position = index
            var end: Int?
            while position < bytes.count {
                let count = Int(bytes[position])
                switch count & 0xC0 {
                case 0x00 where count == 0:
                    index = end ?? position + 1
                    return labels.joined(separator: ".").lowercased()
                case 0x00:
                    length += count + 1
                    guard length <= 255, position + 1 + count <= bytes.count else { return nil }
                    labels.append(String(decoding: bytes[(position + 1)..<(position + 1 + count)], as: UTF8.self))
                    position += 1 + count
                case 0xC0:
                    guard position + 1 < bytes.count else { return nil }
                    let target = (count & 0x3F) << 8 | Int(bytes[position + 1])
                    guard target < position else { return nil }
                    if end == nil { end = position + 2 }
                    position = target
                default: return nil
                }
            }
            return nil
        }
    }
}
