internal import StrictJSON

extension StateMessage {
    // MARK: Writing

    /// The JSON text of the message.
    public func serialized() -> String {
        var text = ObjectText()
        switch self {
        case .entries(let entries, let number):
            text.add("type", text: "entries")
            if let number { text.add("acknowledge", raw: String(number).utf8) }
            text.add("entries", array: entries.map(\.json))
        case .answer(let entries, let next):
            text.add("type", text: "answer")
            if let next { text.add("next", text: next.description) }
            text.add("entries", array: entries.map(\.json))
        case .acknowledgement(let number, let isStored):
            text.add("type", text: "acknowledgement")
            text.add("number", raw: String(number).utf8)
            text.add("stored", raw: (isStored ? "true" : "false").utf8)
        case .ranges(let ranges, let horizon):
            text.add("type", text: "ranges")
            if let horizon { text.add("horizon", text: horizon.description) }
            text.add(
                "ranges",
                array: ranges.map { digest in
                    var text = ObjectText()
                    text.add(digest.range)
                    text.add("count", raw: String(digest.count).utf8)
                    text.add("hash", text: String(digest.hash, radix: 16))
                    return text.bytes
                })
        case .same(let horizon):
            text.add("type", text: "same")
            if let horizon { text.add("horizon", text: horizon.description) }
        case .held(let digests, let range):
            text.add("type", text: "held")
            if let range {
                text.add("all", raw: "true".utf8)
                text.add(range)
            }
            text.add(
                "held",
                array: digests.map { digest in
                    var text = ObjectText()
                    text.add("key", text: digest.key.description)
                    text.add("time", text: digest.timestamp.description)
                    text.add("hash", text: String(digest.hash, radix: 16))
                    return text.bytes
                })
        case .wantedKeys(let keys):
            text.add("type", text: "wanted")
            text.add("keys", array: keys.map { JSONValue.string($0.description).bytes })
        case .wantedRange(let range):
            text.add("type", text: "wanted")
            text.add(range)
        }
        return String(decoding: text.bytes, as: UTF8.self)
    }

    // MARK: Reading

    /// Reads a message; nil when it is malformed, too long or of a type not known here, which is
    /// not an error: later versions may say more.
    public init?(parsing text: String) {
        guard text.utf8.count <= Self.maximumBytes,
            let object = try? JSONReader.read(Array(text.utf8)), let type = object["type"]?.text,
            let message = Self.read(type, object)
        else { return nil }
        self = message
    }

    private static func read(_ type: String, _ object: JSONValue) -> StateMessage? {
        switch type {
        case "entries":
            guard let entries = list(object["entries"], most: maximumEntries, StateEntry.init(reading:)) else {
                return nil
            }
            guard let given = object["acknowledge"] else { return .entries(entries, acknowledge: nil) }
            return number(given).map { .entries(entries, acknowledge: $0) }
        case "answer":
            guard let entries = list(object["entries"], most: maximumEntries, StateEntry.init(reading:)),
                let next = optional(object["next"], key)
            else { return nil }
            return .answer(entries, next: next)
        case "acknowledgement":
            guard let number = object["number"].flatMap(number), case .bool(let isStored)? = object["stored"] else {
                return nil
            }
            return .acknowledgement(number, isStored: isStored)
        case "ranges":
            guard let ranges = list(object["ranges"], most: maximumRanges, rangeDigest),
                let horizon = optional(object["horizon"], time)
            else { return nil }
            return .ranges(ranges, horizon: horizon)
        case "same": return optional(object["horizon"], time).map { .same(horizon: $0) }
        case "held":
            guard let digests = list(object["held"], most: maximumKeys, entryDigest) else { return nil }
            guard object["all"] == .bool(true) else { return .held(digests, all: nil) }
            return range(object).map { .held(digests, all: $0) }
        case "wanted":
            guard let given = object["keys"] else { return range(object).map(StateMessage.wantedRange) }
            return list(given, most: maximumKeys, key).map(StateMessage.wantedKeys)
        default: return nil
        }
    }

    private static func list<Element>(
        _ value: JSONValue?, most: Int, _ read: (JSONValue) -> Element?
    ) -> [Element]? {
        guard case .array(let values)? = value, values.count <= most else { return nil }
        let elements = values.compactMap(read)
        return elements.count == values.count ? elements : nil
    }

    /// Nil for what is there and cannot be read.
    private static func optional<Value>(_ value: JSONValue?, _ read: (JSONValue) -> Value?) -> Value?? {
        guard let value else { return .some(nil) }
        return read(value).map { .some($0) }
    }

    private static func time(_ value: JSONValue) -> HybridTimestamp? { value.text.flatMap { HybridTimestamp($0) } }

    private static func key(_ value: JSONValue) -> StateKey? { value.text.flatMap { StateKey($0) } }

    private static func number(_ value: JSONValue) -> UInt64? {
        guard case .number(let text) = value else { return nil }
        return UInt64(text)
    }

    private static func hash(_ value: JSONValue?) -> UInt64? {
        value?.text.flatMap { UInt64($0, radix: 16) }
    }

    private static func range(_ object: JSONValue) -> StateRange? {
        guard let from = optional(object["from"], key), let to = optional(object["to"], key) else { return nil }
        return StateRange(from: from, to: to)
    }

    private static func rangeDigest(_ object: JSONValue) -> RangeDigest? {
        guard let range = range(object), let count = object["count"].flatMap(number).flatMap({ Int(exactly: $0) }),
            let hash = hash(object["hash"])
        else { return nil }
        return RangeDigest(range: range, count: count, hash: hash)
    }

    private static func entryDigest(_ object: JSONValue) -> EntryDigest? {
        guard let key = object["key"].flatMap(key), let time = object["time"]?.text.flatMap({ HybridTimestamp($0) }),
            let hash = hash(object["hash"])
        else { return nil }
        return EntryDigest(key: key, timestamp: time, hash: hash)
    }
}

extension StateEntry {
    /// The entry as a JSON object. The value stands there as it is kept.
    var json: [UInt8] {
        var text = ObjectText()
        text.add("key", text: key.description)
        text.add("time", text: timestamp.description)
        if let seen { text.add("seen", text: seen.description) }
        if let value { text.add("value", raw: value) } else { text.add("deleted", raw: "true".utf8) }
        return text.bytes
    }

    /// The most bytes that ``json`` has.
    var jsonSize: Int { 6 * key.description.utf8.count + (value?.count ?? 0) + 300 }

    /// Nil unless it is well-formed: a value, or the word that there is none.
    init?(reading object: JSONValue) {
        guard case .object(let members) = object, let key = object["key"]?.text.flatMap({ StateKey($0) }),
            let time = object["time"]?.text.flatMap({ HybridTimestamp($0) })
        else { return nil }
        var seen: HybridTimestamp?
        if let given = object["seen"] {
            guard let time = given.text.flatMap({ HybridTimestamp($0) }) else { return nil }
            seen = time
        }
        // A value may be null, which is not the same as none.
        let value = members["value"]
        guard (value == nil) == (members["deleted"] == .bool(true)) else { return nil }
        try? self.init(key: key, canonical: value?.bytes, timestamp: time, seen: seen)
    }
}

/// A JSON object on its way to be text.
private struct ObjectText {
    private var members: [UInt8] = []

    var bytes: [UInt8] { [UInt8(ascii: "{")] + members + [UInt8(ascii: "}")] }

    mutating func add(_ name: String, raw value: some Sequence<UInt8>) {
        if !members.isEmpty { members.append(UInt8(ascii: ",")) }
        members.append(contentsOf: "\"\(name)\":".utf8)
        members.append(contentsOf: value)
    }

    mutating func add(_ name: String, text: String) {
        add(name, raw: JSONValue.string(text).bytes)
    }

    mutating func add(_ name: String, array elements: [[UInt8]]) {
        add(name, raw: [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")])
    }

    mutating func add(_ range: StateRange) {
        if let from = range.from { add("from", text: from.description) }
        if let to = range.to { add("to", text: to.description) }
    }
}
