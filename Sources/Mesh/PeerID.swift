internal import Foundation

/// The identity of a node of the mesh: a UUID, made anew at each start (Docs/Mesh.md).
///
/// Two ids are the same when their UUIDs are, whatever the case of the letters; ``text`` keeps the
/// spelling that was seen, because a signaling server may compare ids as plain text.
public struct PeerID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The id as it was spelled, 36 characters.
    public let text: String
    let high: UInt64
    let low: UInt64

    /// A fresh random id, in lower case (RFC 9562 §4).
    public init() {
        let id = UUID()
        text = id.uuidString.lowercased()
        (high, low) = Self.halves(id)
    }

    /// The id that `text` spells, or nil when that is not a UUID of 36 characters.
    public init?(_ text: String) {
        guard text.utf8.count == 36, let id = UUID(uuidString: text) else { return nil }
        self.text = text
        (high, low) = Self.halves(id)
    }

    private static func halves(_ id: UUID) -> (UInt64, UInt64) {
        let bytes = id.uuid
        let high = [bytes.0, bytes.1, bytes.2, bytes.3, bytes.4, bytes.5, bytes.6, bytes.7]
        let low = [bytes.8, bytes.9, bytes.10, bytes.11, bytes.12, bytes.13, bytes.14, bytes.15]
        return (high.reduce(0) { $0 << 8 | UInt64($1) }, low.reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// The id as it was spelled.
    public var description: String { text }

    /// Whether both spell one UUID.
    public static func == (left: PeerID, right: PeerID) -> Bool {
        left.high == right.high && left.low == right.low
    }

    /// Orders by the UUID's bytes.
    public static func < (left: PeerID, right: PeerID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// Hashes the UUID.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
    }
}

extension PeerID: Codable {
    /// Reads a UUID from a JSON string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = PeerID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID: \(text.prefix(40))")
        }
        self = id
    }

    /// Writes the id as it was spelled.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
