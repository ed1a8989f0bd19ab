/// How an envelope is written: a version, its members in order, numbers with seven bits to a byte
/// (the lowest first, the high bit where more follow), and each text or list behind its length.
extension ClusterEnvelope {
    private static let version: UInt8 = 1

    var bytes: [UInt8] {
        var writer = ClusterWriter()
        writer.bytes.append(Self.version)
        writer.text(node)
        writer.number(epoch)
        writer.flag(isForAll)
        writer.number(number)
        writer.frame(frame)
        return writer.bytes
    }

    /// Nil for what no node of this version has written.
    init?(_ bytes: [UInt8]) {
        var reader = ClusterReader(bytes: bytes[...])
        guard reader.byte() == Self.version, let node = reader.text(), let epoch = reader.number(),
            let isForAll = reader.flag(), let number = reader.number(), let frame = reader.frame(),
            reader.bytes.isEmpty
        else { return nil }
        self.init(node: node, epoch: epoch, isForAll: isForAll, number: number, frame: frame)
    }
}

private struct ClusterWriter {
    var bytes: [UInt8] = []

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func data(_ value: [UInt8]) {
        number(UInt64(value.count))
        bytes += value
    }

    mutating func text(_ value: String) { data(Array(value.utf8)) }

    mutating func list<Element>(_ values: [Element], _ write: (inout Self, Element) -> Void) {
        number(UInt64(values.count))
        for value in values { write(&self, value) }
    }

    mutating func optional<Value>(_ value: Value?, _ write: (inout Self, Value) -> Void) {
        flag(value != nil)
        if let value { write(&self, value) }
    }

    mutating func place(_ place: ClusterPlace) {
        number(place.id)
        number(place.claim)
        flag(place.isAway)
        optional(place.identity) { writer, identity in
            writer.text(identity.subject)
            writer.list(identity.scopes.sorted()) { $0.text($1) }
            writer.optional(identity.expiry) { $0.number(UInt64(max(0, $1.components.seconds))) }
        }
        data(place.resume)
        optional(place.dialect) { $0.text($1) }
        data(place.opening)
        list(place.identified) { $0.text($1) }
    }

    mutating func frame(_ frame: ClusterFrame) {
        switch frame {
        case .hello: bytes.append(0)
        case .alive: bytes.append(1)
        case .leaving: bytes.append(2)
        case .snapshot(let places, let isFirst, let isLast):
            bytes.append(3)
            list(places) { $0.place($1) }
            flag(isFirst)
            flag(isLast)
        case .present(let place):
            bytes.append(4)
            self.place(place)
        case .away(let id):
            bytes.append(5)
            number(id)
        case .gone(let ids):
            bytes.append(6)
            list(ids) { $0.number($1) }
        case .moved(let node, let id, let place):
            bytes.append(7)
            text(node)
            number(id)
            self.place(place)
        case .deliver(let delivery):
            bytes.append(8)
            list(delivery.targets) { $0.number($1) }
            optional(delivery.sender) { $0.number($1) }
            optional(delivery.about) { writer, about in
                writer.text(about.dialect)
                writer.text(about.key)
            }
            data(delivery.bytes)
        case .say(let id, let dialect, let message):
            bytes.append(9)
            number(id)
            text(dialect)
            data(message)
        }
    }
}

private struct ClusterReader {
    var bytes: ArraySlice<UInt8>

    mutating func byte() -> UInt8? { bytes.popFirst() }

    mutating func number() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = byte() else { return nil }
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1 else { return nil }
            value |= bits << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }

    mutating func flag() -> Bool? {
        switch byte() {
        case 0: false
        case 1: true
        default: nil
        }
    }

    mutating func data() -> [UInt8]? {
        guard let count = number(), count <= bytes.count else { return nil }
        defer { bytes.removeFirst(Int(count)) }
        return Array(bytes.prefix(Int(count)))
    }

    mutating func text() -> String? { data().flatMap { String(validating: $0, as: UTF8.self) } }

    /// Each element has a byte at least, so that a length says no more than there is.
    mutating func list<Element>(_ read: (inout Self) -> Element?) -> [Element]? {
        guard let count = number(), count <= bytes.count else { return nil }
        var values: [Element] = []
        for _ in 0..<count {
            guard let value = read(&self) else { return nil }
            values.append(value)
        }
        return values
    }

    /// Nil where it cannot be read; nil within where there is none.
    mutating func optional<Value>(_ read: (inout Self) -> Value?) -> Value?? {
        switch flag() {
        case true?: read(&self).map { .some($0) }
        case false?: .some(nil)
        case nil: nil
        }
    }

    mutating func identity() -> TokenIdentity? {
        guard let subject = text(), let scopes = list({ $0.text() }), let expiry = optional({ $0.number() }) else {
            return nil
        }
        return TokenIdentity(
            subject: subject, scopes: Set(scopes), expiry: expiry.map { .seconds(Int64(clamping: $0)) })
    }

    mutating func place() -> ClusterPlace? {
        guard let id = number(), let claim = number(), let isAway = flag(), let identity = optional({ $0.identity() }),
            let resume = data(), let dialect = optional({ $0.text() }), let opening = data(),
            let identified = list({ $0.text() })
        else { return nil }
        return ClusterPlace(
            id: id, claim: claim, isAway: isAway, identity: identity, resume: resume, dialect: dialect,
            opening: opening, identified: identified)
    }

    mutating func about() -> ClusterKey? {
        guard let dialect = text(), let key = text() else { return nil }
        return ClusterKey(dialect: dialect, key: key)
    }

    mutating func frame() -> ClusterFrame? {
        switch byte() {
        case 0: return .hello
        case 1: return .alive
        case 2: return .leaving
        case 3:
            guard let places = list({ $0.place() }), let isFirst = flag(), let isLast = flag() else { return nil }
            return .snapshot(places, isFirst: isFirst, isLast: isLast)
        case 4: return place().map { .present($0) }
        case 5: return number().map { .away($0) }
        case 6: return list { $0.number() }.map { .gone($0) }
        case 7:
            guard let node = text(), let id = number(), let place = place() else { return nil }
            return .moved(node: node, id: id, place)
        case 8:
            guard let targets = list({ $0.number() }), let sender = optional({ $0.number() }),
                let about = optional({ $0.about() }), let bytes = data()
            else { return nil }
            return .deliver(.init(targets: targets, sender: sender, about: about, bytes: bytes))
        case 9:
            guard let id = number(), let dialect = text(), let bytes = data() else { return nil }
            return .say(from: id, dialect: dialect, bytes)
        default: return nil
        }
    }
}
