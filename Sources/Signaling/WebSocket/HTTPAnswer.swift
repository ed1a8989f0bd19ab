package import NIOHTTP1

/// A short answer to a request, which ends its connection; thrown where a request is refused.
package struct HTTPAnswer: Error, Equatable {
    package let status: HTTPResponseStatus
    /// For people.
    package let text: String
    package var headers: [String: String] = [:]
    var contentType = "text/plain; charset=utf-8"

    /// All of the response, where there is no encoder for it.
    var wholeResponse: String {
        let fields = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        return "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\ncontent-type: \(contentType)\r\n"
            + "content-length: \(text.utf8.count + 1)\r\nconnection: close\r\n\(fields)\r\n\(text)\n"
    }
}
