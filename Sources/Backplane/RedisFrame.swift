internal import NIOCore

/// What goes over a channel: who says it, and what.
///
/// ```text
/// 1 byte   version, 1
/// 1 byte   kind: 0 a probe, 1 a message
/// 1 byte   bytes of the sender's name, 1 to 255
/// …        the name
/// …        what is said, to the end
/// ```
struct RedisFrame: Sendable, Hashable {
    enum Kind: UInt8, Sendable {
        /// What a node says to itself, to see that what is published arrives.
        case probe = 0
        case message = 1
    }

    private static let version: UInt8 = 1

    var kind: Kind
    var sender: String
    var bytes: [UInt8]

    init(_ kind: Kind, from sender: String, _ bytes: [UInt8]) {
        self.kind = kind
        self.sender = sender
        self.bytes = bytes
    }

    /// Reads one; nil for what is none.
    init?(parsing payload: [UInt8]) {
        guard payload.count >= 4, payload[0] == Self.version, let kind = Kind(rawValue: payload[1]) else { return nil }
        let end = 3 + Int(payload[2])
        guard payload[2] > 0, payload.count >= end,
            let sender = String(validating: payload[3..<end], as: UTF8.self)
        else { return nil }
        self.init(kind, from: sender, Array(payload[end...]))
    }

    /// How many bytes it has.
    var count: Int { 3 + min(255, sender.utf8.count) + bytes.count }

    func write(to buffer: inout ByteBuffer) {
        let name = sender.utf8.prefix(255)
        buffer.writeBytes([Self.version, kind.rawValue, UInt8(truncatingIfNeeded: name.count)])
        buffer.writeBytes(name)
        buffer.writeBytes(bytes)
    }
}
