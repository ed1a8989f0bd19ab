/// Why a request has no result: what the client is told. Errors of other types are told as
/// `internal`, without their text, which goes to the log.
public struct RPCError: Error, Sendable, Hashable {
    /// In words with hyphens, for programs.
    public var code: String
    /// For people.
    public var message: String

    /// An error.
    ///
    /// - Parameters:
    ///   - code: in words with hyphens, for programs.
    ///   - message: for people; the client sees it.
    public init(_ code: String, _ message: String) {
        self.code = code
        self.message = message
    }

    /// For a handler that does not know the action.
    public static func unknownAction(_ action: String) -> RPCError {
        RPCError("unknown-action", "There is no action \"\(action.prefix(64))\".")
    }

    /// For a handler that cannot read the request.
    public static func malformed(_ message: String) -> RPCError { RPCError("malformed", message) }

    static let cancelled = RPCError("cancelled", "The request was cancelled.")
    static let draining = RPCError("server-draining", "The server is going away.")
    static func tooLarge(_ limit: Int) -> RPCError { RPCError("too-large", "A message may have \(limit) bytes.") }
}
