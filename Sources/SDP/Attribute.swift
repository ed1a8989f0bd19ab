/// One `a=` line: a property (`a=rtcp-mux`) or a name with a value (`a=mid:0`), RFC 8866 §5.13.
public struct Attribute: Sendable, Hashable {
    /// What stands before the first colon.
    public var name: String
    /// What stands after the first colon, untouched. `nil` without a colon, empty when nothing
    /// follows it.
    public var value: String?

    /// An attribute. Line breaks in either part are left out when it is written.
    public init(_ name: String, _ value: String? = nil) {
        self.name = name
        self.value = value
    }

    /// The attribute that a typed value stands for.
    public init(_ typed: some AttributeValue) {
        self.init(type(of: typed).attributeName, typed.attributeValue)
    }
}
