/// Packets that leave in the order in which they came.
struct PacerQueue<Item> {
    private var items: [(item: Item?, size: Int, since: Int64)] = []
    private var start = 0

    var isEmpty: Bool { start == items.count }

    /// When the first was put in; nil if there is none.
    var since: Int64? { start < items.count ? items[start].since : nil }

    mutating func append(_ item: Item, size: Int, at time: Int64) { items.append((item, size, time)) }

    mutating func takeFirst() -> (item: Item, size: Int)? {
        guard start < items.count, let item = items[start].item.take() else { return nil }
        let size = items[start].size
        start += 1
        if start == items.count {
            items.removeAll(keepingCapacity: start <= 1_024)
            start = 0
        } else if start >= 256, start * 2 > items.count {
            items.removeFirst(start)
            start = 0
        }
        return (item, size)
    }
}

extension PacerQueue: Sendable where Item: Sendable {}
