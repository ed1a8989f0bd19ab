/// An element of a packet's header extension: a value under an id that was negotiated (RFC 8285).
public struct RTPExtensionElement: Sendable, Hashable {
    /// 1 to 255; more than 14 only in the two-byte form, which the peer must have agreed to.
    public var id: UInt8
    /// Up to 255 bytes; 1 to 16 in the one-byte form.
    public var value: [UInt8]

    /// Makes an element.
    public init(id: UInt8, value: [UInt8]) {
        self.id = id
        self.value = value
    }

    /// The shorter form that can hold them all: a packet has one (RFC 8285 §4.1.2).
    static func form(of elements: [RTPExtensionElement]) throws(RTPError) -> RTPHeader.ExtensionForm {
        var form = elements.isEmpty ? RTPHeader.ExtensionForm.none : .oneByte
        var size = 0
        for element in elements {
            guard element.id > 0 else { throw .outOfRange(field: "an extension's id", value: 0, allowed: 1...255) }
            guard element.value.count <= 255 else {
                throw .outOfRange(field: "an extension's length", value: element.value.count, allowed: 0...255)
            }
            if element.id > 14 || !(1...16).contains(element.value.count) { form = .twoByte }
            size += 2 + element.value.count
        }
        guard size <= 4 * 65535 else {
            throw .outOfRange(field: "the header extension's length", value: size, allowed: 0...4 * 65535)
        }
        return form
    }

    /// The whole header extension; nothing for no elements, or such as cannot be written.
    static func block(of elements: [RTPExtensionElement]) -> [UInt8] {
        guard let form = try? form(of: elements) else { return [] }
        var bytes: [UInt8] = []
        encode(elements, as: form, into: &bytes)
        return bytes
    }

    /// Appends the whole header extension, padded to a multiple of four bytes.
    static func encode(
        _ elements: [RTPExtensionElement], as form: RTPHeader.ExtensionForm, into bytes: inout [UInt8]
    ) {
        let isOneByte = form == .oneByte
        guard isOneByte || form == .twoByte else { return }
        bytes.append(big: isOneByte ? 0xBEDE : 0x1000 as UInt16)
        let size = elements.reduce(0) { $0 + $1.value.count + (isOneByte ? 1 : 2) }
        let words = (size + 3) / 4
        bytes.append(big: UInt16(truncatingIfNeeded: words))
        for element in elements {
            let count = UInt8(truncatingIfNeeded: element.value.count)
            if isOneByte {
                bytes.append(element.id << 4 | (count &- 1))
            } else {
                bytes.append(element.id)
                bytes.append(count)
            }
            bytes += element.value
        }
        bytes.append(contentsOf: repeatElement(0, count: 4 * words - size))
    }
}
