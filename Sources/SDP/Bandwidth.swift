/// The value of `b=` (RFC 8866 §5.8).
public struct Bandwidth: Sendable, Hashable {
    /// `AS` or `CT` in kilobits, `TIAS` in bits a second (RFC 3890), or an extension.
    public var type: String
    /// The bandwidth, in the unit of the type.
    public var value: UInt64

    /// A bandwidth of `value` in the unit of `type`.
    public init(type: String, value: UInt64) {
        self.type = type
        self.value = value
    }
}
