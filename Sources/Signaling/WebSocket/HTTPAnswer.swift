internal import NIOHTTP1

/// A short answer to a request, which ends its connection; thrown where a request is refused.
struct HTTPAnswer: Error, Equatable {
    let status: HTTPResponseStatus
    /// For people.
    let text: String
    var headers: [String: String] = [:]
}
