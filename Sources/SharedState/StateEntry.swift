internal import StrictJSON

/// What one write has said of a key: a value, or that there is none any more.
public struct StateEntry: Sendable, Hashable {
    /// The most bytes that a value has as JSON.
    public static let maximumValueBytes = 32 * 1024

    /// The key.
    public let key: StateKey
    /// The value as JSON, compact and with the members of objects sorted; nil where the key was
    /// deleted.
    public let value: [UInt8]?
    /// When it was written, and by whom.
    public let timestamp: HybridTimestamp
    /// What the writer saw when it wrote: the timestamp of what this replaces; nil for nothing.
    public let seen: HybridTimestamp?
    /// The same for equal entries, on all machines.
    let digest: UInt64

    /// What a write says, as it is kept and sent.
    ///
    /// - Throws: `.invalidValue` when the value is no JSON, nested deeper than 32, or has text that
    ///   is dear to compare; `.valueTooLarge`.
    public init(
        key: StateKey, value: [UInt8]?, timestamp: HybridTimestamp, seen: HybridTimestamp? = nil
    ) throws(StateError) {
        try self.init(key: key, canonical: value.map(Self.canonical), timestamp: timestamp, seen: seen)
    }

    /// The same of a value that has been read.
    init(
        key: StateKey, canonical value: [UInt8]?, timestamp: HybridTimestamp, seen: HybridTimestamp?
    ) throws(StateError) {
        guard value?.count ?? 0 <= Self.maximumValueBytes else {
            throw StateError(
                .valueTooLarge,
                "the value has \(value?.count ?? 0) bytes of JSON; \(Self.maximumValueBytes) are allowed")
        }
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.seen = seen
        digest = Self.digest(key, value, timestamp)
    }

    /// Whether it says that the key was deleted.
    public var isDeletion: Bool { value == nil }

    /// About what it takes to keep it.
    var byteCount: Int { key.description.utf8.count + (value?.count ?? 0) + 128 }

    /// Whether it wins over another of its key. Of two with one timestamp, which only a replica
    /// that breaks the rules makes, a deletion wins, then the larger value: all choose the same.
    func wins(over other: StateEntry) -> Bool {
        if timestamp != other.timestamp { return timestamp > other.timestamp }
        guard let value, let loser = other.value else { return isDeletion && !other.isDeletion }
        return loser.lexicographicallyPrecedes(value)
    }

    /// Whether its writer knew of the other, as far as can be told: it saw it, or something later.
    func hasSeen(_ other: StateEntry) -> Bool {
        seen.map { $0 >= other.timestamp } ?? false
    }

    /// The one text of a JSON value. Read in three arrays, as deep as a message has it, and 29
    /// levels less than the reader would go.
    static func canonical(_ json: [UInt8]) throws(StateError) -> [UInt8] {
        guard json.count <= 8 * maximumValueBytes else {
            throw StateError(
                .valueTooLarge, "the value has \(json.count) bytes of JSON; \(maximumValueBytes) are allowed")
        }
        let depth = [UInt8](repeating: UInt8(ascii: "["), count: 32)
        let end = [UInt8](repeating: UInt8(ascii: "]"), count: 32)
        do throws(JSONReader.Failure) {
            _ = try JSONReader.read(depth + json + end)
            return try JSONReader.read(json).bytes
        } catch {
            throw StateError(.invalidValue, "the value is not JSON that can be shared: \(error.reason)")
        }
    }

    /// FNV-1a with a finish that spreads the bits: against accidents, not against malice, for a
    /// member of the mesh can say what it likes without.
    private static func digest(_ key: StateKey, _ value: [UInt8]?, _ timestamp: HybridTimestamp) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            hash = (hash ^ 0x1FF) &* 0x0000_0100_0000_01B3
        }
        mix(key.description.utf8)
        mix(timestamp.description.utf8)
        if let value { mix(value) }
        hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ hash >> 33
    }
}
