internal import NetworkLoop

/// Runs `body`, and cancels it when the time is over by the loop's clock: nil then, and what it
/// gave otherwise. nil for a limit is for ever.
@discardableResult
func withTimeLimit<Value: Sendable>(
    _ limit: Duration?, on loop: NetworkLoop, _ body: @escaping @Sendable () async -> Value
) async -> Value? {
    guard let limit else { return await body() }
    return await withTaskGroup(of: Value?.self) { group in
        group.addTask { await body() }
        group.addTask {
            await loop.sleep(for: limit)
            return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first
    }
}
