/// The pending timers of one loop: a binary heap by deadline. Pure; the loop asks it what is due,
/// on each turn: times are nanoseconds, half as wide as a `Duration`.
///
/// A cancelled timer stays until its deadline or until the heap has doubled since it was last
/// swept, so cancelling costs nothing and the heap has at most about twice as many timers as are
/// pending.
struct TimerQueue {
    private var heap: [LoopTimer] = []
    private var sweepCount = 64

    /// The earliest deadline, in nanoseconds, of a timer that is not cancelled.
    var nextDeadline: UInt64? {
        mutating get {
            while let first = heap.first, !first.isActive { _ = removeFirst() }
            return heap.first?.nanoseconds
        }
    }

    /// The number of timers held, cancelled ones included.
    var count: Int { heap.count }

    mutating func insert(_ timer: LoopTimer) {
        if heap.count >= sweepCount { sweep() }
        heap.append(timer)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].nanoseconds < heap[parent].nanoseconds else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the earliest timer whose deadline is at or before `now`.
    mutating func popDue(now: UInt64) -> LoopTimer? {
        guard let deadline = nextDeadline, deadline <= now else { return nil }
        return removeFirst()
    }

    mutating func removeAll() {
        heap.removeAll()
    }

    /// Drops the cancelled timers, so that one that is set and cancelled on each packet does not
    /// pile up.
    private mutating func sweep() {
        heap = heap.filter(\.isActive).sorted { $0.nanoseconds < $1.nanoseconds }  // a sorted array is a heap
        sweepCount = max(64, 2 * heap.count)
    }

    private mutating func removeFirst() -> LoopTimer {
        let first = heap[0]
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        return first
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].nanoseconds < heap[smallest].nanoseconds { smallest = child }
            }
            if smallest == parent { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
