/// Puts messages together from fragments, any of which may be forged: one that contradicts what is
/// there begins a message of its own beside it. Bounded: what is oldest gives way, and its sender
/// repeats it.
struct MessageAssembler {
    static let maximumCount = 8
    static let maximumBytes = 64 * 1024

    private struct Partial {
        let kind: HandshakeMessage.Kind
        let sequence: Int
        var body: [UInt8]
        /// What is there, in order, with gaps between.
        var parts: [Range<Int>]

        func belongs(_ fragment: MessageFragment) -> Bool {
            kind == fragment.kind && sequence == fragment.sequence && body.count == fragment.length
        }

        /// Whether the fragment says nothing else than what is there.
        func agrees(_ fragment: MessageFragment, _ record: Span<UInt8>) -> Bool {
            let shift = fragment.place.lowerBound - fragment.part.lowerBound
            return parts.allSatisfy { $0.clamped(to: fragment.part).allSatisfy { body[$0] == record[$0 + shift] } }
        }

        mutating func add(_ fragment: MessageFragment, _ record: Span<UInt8>) {
            let shift = fragment.place.lowerBound - fragment.part.lowerBound
            for index in fragment.part { body[index] = record[index + shift] }
            var merged = fragment.part
            parts.removeAll { part in
                guard part.lowerBound <= merged.upperBound, merged.lowerBound <= part.upperBound else { return false }
                merged = min(part.lowerBound, merged.lowerBound)..<max(part.upperBound, merged.upperBound)
                return true
            }
            parts.insert(merged, at: parts.firstIndex { $0.lowerBound > merged.lowerBound } ?? parts.endIndex)
        }

        var isWhole: Bool { parts == [0..<body.count] }
    }

    private var partials: [Partial] = []
    var byteCount: Int { partials.reduce(0) { $0 + $1.body.count } }

    /// Takes a fragment, and gives what has become whole with it.
    mutating func add(_ fragment: MessageFragment, of record: Span<UInt8>, datagram: Int) -> [HandshakeMessage] {
        func message(_ body: [UInt8]) -> HandshakeMessage {
            HandshakeMessage(kind: fragment.kind, sequence: fragment.sequence, body: body, datagram: datagram)
        }
        if fragment.part.count == fragment.length {
            return [message(fragment.place.map { record[$0] })]
        }
        var whole: [HandshakeMessage] = []
        var isContradicted = true
        for index in partials.indices where partials[index].belongs(fragment) {
            guard partials[index].agrees(fragment, record), partials[index].parts.count < 32 else { continue }
            isContradicted = false
            partials[index].add(fragment, record)
            if partials[index].isWhole { whole.append(message(partials[index].body)) }
        }
        partials.removeAll(where: \.isWhole)
        if isContradicted { begin(fragment, record) }
        return whole
    }

    private mutating func begin(_ fragment: MessageFragment, _ record: Span<UInt8>) {
        while partials.count >= Self.maximumCount || byteCount + fragment.length > Self.maximumBytes {
            partials.removeFirst()
        }
        var partial = Partial(
            kind: fragment.kind, sequence: fragment.sequence, body: Array(repeating: 0, count: fragment.length),
            parts: [])
        partial.add(fragment, record)
        partials.append(partial)
    }
}
