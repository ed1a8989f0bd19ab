/// What a jitter buffer has ready, in order.
struct ReadyOutputs: Sendable {
    private var outputs: [JitterBuffer.Output] = []
    private var start = 0
    /// The bytes of its frames.
    private(set) var byteCount = 0

    var count: Int { outputs.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ output: JitterBuffer.Output) {
        if case .frame(let frame) = output { byteCount += frame.bytes.count }
        outputs.append(output)
    }

    mutating func next() -> JitterBuffer.Output? {
        guard start < outputs.count else { return nil }
        let output = outputs[start]
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
