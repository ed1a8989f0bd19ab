/// What Redis answers, or says to those who are subscribed: RESP2.
enum RedisReply: Sendable, Hashable {
    /// A simple string, or a bulk string.
    case text([UInt8])
    /// An error, as a person would read it: its code and what is wrong.
    case error(String)
    case integer(Int64)
    case null
    case array([RedisReply])

    /// The text, where it is one, in UTF-8.
    var words: String? {
        guard case .text(let bytes) = self else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// Why nothing more is read from a connection.
struct RedisRefusal: Error, Sendable, Hashable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
