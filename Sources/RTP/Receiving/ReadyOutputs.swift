/// What a jitter buffer has ready, in order.
struct ReadyOutputs: Sendable {
    /// Those that were taken are nil, so that their bytes are the taker's alone.
    private var outputs: [JitterBuffer.Output?] = []
    private var start = 0
    /// The bytes of its frames.
    private(set) var byteCount = 0

    var count: Int { outputs.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ output: JitterBuffer.Output) {
        if case .frame(let frame) = output { byteCount += frame.bytes.count }
        outputs.append(output)
    }

    /// Drops the oldest, and those behind it that need it: the first of the rest is a key frame.
    mutating func dropOldest() {
        repeat { _ = next() } while !isEmpty && !beginsWithKeyFrame
    }

    private var beginsWithKeyFrame: Bool {
        if case .frame(let frame) = outputs[start] { frame.isKeyFrame } else { false }
    }

    mutating func next() -> JitterBuffer.Output? {
        guard start < outputs.count, let output = outputs[start] else { return nil }
        outputs[start] = nil
        start += 1
        if start == outputs.count {
            outputs.removeAll(keepingCapacity: true)
            start = 0
        } else if start >= 64 {
            outputs.removeFirst(start)
            start = 0
        }
        if case .frame(let frame) = output { byteCount -= frame.bytes.count }
        return output
    }
}
