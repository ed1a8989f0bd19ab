import Foundation

/// A page in a browser that is driven from outside.
protocol PageDriver: Sendable {
    func open(_ page: URL) async throws
    /// Runs a function's body; where it returns a promise, the promise's value is the result.
    func run(_ script: String, _ arguments: [JSONValue]) async throws -> JSONValue
    /// Closes the browser.
    func close() async throws
}
