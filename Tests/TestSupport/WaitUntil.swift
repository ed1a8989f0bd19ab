internal import NIOCore
internal import NIOPosix

/// Waits for something that nobody tells of, and looks every millisecond. In between no thread of the pool is kept busy:
/// tests that go round with `Task.yield()` on each of them would keep all others, and their time limits, from running.
///
/// - Throws: `CancellationError` when the test's time is up.
package func waitUntil(_ holds: () async throws -> Bool) async throws {
    while try await !holds() {
        try Task.checkCancellation()
        try await MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .milliseconds(1)) {}.futureResult.get()
    }
}
