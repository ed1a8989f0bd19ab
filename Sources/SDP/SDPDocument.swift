/// A session description: RFC 8866, with the attributes of WebRTC (RFC 9429).
///
/// Reading keeps every line and its order, so what was read is written back byte for byte, with
/// CRLF line ends. The exceptions are blank lines, lines with more than 30 combining marks in a
/// row, what else than 0 stands in `v=`, and in `o=`, `m=`, `c=`, `b=`, `t=` spaces and tabs beyond
/// the one between two fields, leading zeros of numbers, and fields beyond the last. Change what
/// you understand through the typed accessors of ``AttributeContainer``; nothing else moves.
public struct SDPDocument: Sendable, Hashable, AttributeContainer {
    /// The value of `v=`. Only version 0 exists.
    public var version: Int { 0 }
    /// The value of `o=`.
    public var origin: Origin
    /// The value of `s=`.
    public var sessionName: String
    /// The lines between `s=` and the first `m=`, in their order.
    public var lines: [SDPLine]
    /// The media descriptions, in their order, which both sides of a negotiation keep (RFC 3264
    /// §6).
    public var media: [MediaDescription]

    /// A description of the given lines.
    public init(
        origin: Origin, sessionName: String = "-", lines: [SDPLine] = [.timing(Timing())],
        media: [MediaDescription] = []
    ) {
        self.origin = origin
        self.sessionName = sessionName
        self.lines = lines
        self.media = media
    }

    /// Reads a session description. Lines end with CRLF or LF; the last may end without either.
    ///
    /// - Throws: ``SDPError`` with the place and what was expected there.
    public init(parsing text: String, limits: SDPLimits = SDPLimits()) throws(SDPError) {
        var parser = SDPParser(text, limits: limits)
        self = try parser.document()
    }

    /// The text of the description, each line ended with CRLF.
    ///
    /// Line breaks and NUL inside a value, which no parsed value has, are left out, so that no
    /// value can add a line.
    public func serialized() -> String {
        var writer = SDPWriter()
        writer.write(self)
        return writer.text
    }
}

extension SDPDocument: CustomStringConvertible {
    /// The text of the description, as ``serialized()`` gives it.
    public var description: String { serialized() }
}
