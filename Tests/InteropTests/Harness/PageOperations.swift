/// Operations that a page has begun, until somebody has heard how each ended.
struct PageOperations {
    private enum Progress {
        case running
        case awaited(CheckedContinuation<JSONValue, Never>)
        case ended(JSONValue)
    }

    private var progress: [Int: Progress] = [:]
    private var last = 0
    private var end: JSONValue?

    /// The number of one more.
    mutating func begin() -> Int {
        last += 1
        progress[last] = end.map { .ended($0) } ?? .running
        return last
    }

    /// It has `value` or `error`. One that has ended already stays as it is.
    mutating func end(_ number: Int, _ outcome: JSONValue) {
        switch progress[number] {
        case .awaited(let continuation):
            progress[number] = nil
            continuation.resume(returning: outcome)
        case .running: progress[number] = .ended(outcome)
        case .ended, nil: break
        }
    }

    /// Nothing ends by itself any more.
    mutating func endAll(_ error: String) {
        let outcome: JSONValue = ["error": .string(error)]
        end = outcome
        for number in progress.keys.sorted() { end(number, outcome) }
    }

    mutating func wait(for number: Int, _ continuation: CheckedContinuation<JSONValue, Never>) {
        if case .ended(let outcome) = progress[number] {
            progress[number] = nil
            continuation.resume(returning: outcome)
        } else {
            progress[number] = .awaited(continuation)
        }
    }
}
