/// Reads decisions out of the bytes of an input. After its end all of them are 0.
struct FuzzInput {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isEmpty: Bool { index >= bytes.count }

    /// The next byte.
    mutating func byte() -> UInt8 {
        guard index < bytes.count else { return 0 }
        defer { index += 1 }
        return bytes[index]
    }

    /// A number of two bytes.
    mutating func number() -> Int { Int(byte()) << 8 | Int(byte()) }

    /// A number from 0 up to `limit`, which it does not reach.
    mutating func below(_ limit: Int) -> Int {
        guard limit > 1 else { return 0 }
        return (limit <= 256 ? Int(byte()) : number()) % limit
    }

    mutating func flag() -> Bool { byte() & 1 == 1 }

    /// One of these.
    mutating func choice<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// The next bytes, fewer at the end.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, index + max(0, count))
        defer { index = end }
        return Array(bytes[min(index, end)..<end])
    }

    /// All that is left.
    mutating func rest() -> [UInt8] { take(bytes.count) }

    /// Changes some bytes as the input says.
    mutating func mutate(_ original: [UInt8], from start: Int = 0) -> [UInt8] {
        var bytes = original
        for _ in 0..<below(5) {
            guard bytes.count > start else { return bytes }
            let place = start + number() % (bytes.count - start)
            switch below(6) {
            case 0: bytes[place] = byte()
            case 1: bytes[place] ^= 1 << UInt8(below(8))
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.insert(contentsOf: take(below(16)), at: place)
            case 4: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(16)))
            default: bytes.append(contentsOf: bytes[place..<min(bytes.count, place + 1 + below(64))])
            }
        }
        return bytes
    }
}
