/// What is known of those who were heard of last; a bounded table that forgets who was heard of
/// longest ago.
package struct RecentTable<Value: Sendable>: Sendable {
    private let limit: Int
    private var entries: [String: (value: Value, order: UInt64)] = [:]
    private var order: UInt64 = 0

    /// - Parameter limit: How many are known at once, one at least.
    package init(limit: Int) { self.limit = max(limit, 1) }

    /// What is known of one. To set it says that it was heard of now.
    package subscript(name: String) -> Value? {
        get { entries[name]?.value }
        set {
            guard let newValue else { return entries[name] = nil }
            if entries[name] == nil, entries.count >= limit,
                let oldest = entries.min(by: { $0.value.order < $1.value.order })
            {
                entries[oldest.key] = nil
            }
            order += 1
            entries[name] = (newValue, order)
        }
    }
}
