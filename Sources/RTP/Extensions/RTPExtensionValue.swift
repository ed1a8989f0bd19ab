/// The value of an element of a header extension, of which the meaning is known.
public protocol RTPExtensionValue: Sendable, Hashable {
    /// What `a=extmap` names it by (RFC 8285 §5).
    static var uri: String { get }

    /// Reads a value; nil if it is not of the right length or shape.
    init?(_ value: Span<UInt8>)

    /// Its bytes, as they stand in an element.
    var bytes: [UInt8] { get }
}

extension RTPExtensionElement {
    /// Makes an element of a value.
    ///
    /// - Parameters:
    ///   - id: as it was negotiated, 1 to 255.
    ///   - value: what it says.
    public init(id: UInt8, _ value: some RTPExtensionValue) {
        self.init(id: id, value: value.bytes)
    }
}

extension RTPHeader {
    /// The value of an element; nil if there is none, or if it cannot be read.
    ///
    /// - Parameters:
    ///   - type: which kind of value it is.
    ///   - id: as it was negotiated; nil reads nothing.
    ///   - packet: what the header was read from.
    public func value<Value: RTPExtensionValue>(
        of type: Value.Type = Value.self, id: UInt8?, in packet: Span<UInt8>
    ) -> Value? {
        guard let id, let range = rangeOfExtension(id, in: packet) else { return nil }
        return Value(packet.extracting(range))
    }
}
