public import NIOCore
internal import StrictJSON

/// What a handler answers: a value, or parts of one as they are made.
public struct RPCResponse: Sendable {
    enum Content: Sendable {
        case value(JSONValue)
        case parts(@Sendable (RPCPartWriter) async throws -> Void)
    }

    let content: Content

    /// A value, sent as `{"id","result"}`.
    ///
    /// - Throws: what its encoding throws.
    public static func value(_ value: some Encodable) throws -> RPCResponse {
        RPCResponse(content: .value(try JSONValue(encoding: value)))
    }

    /// A value that is JSON already.
    ///
    /// - Throws: ``RPCError`` with the code `internal` when it is not.
    public static func json(_ json: ByteBuffer) throws(RPCError) -> RPCResponse {
        guard let value = try? JSONReader.read(Array(json.readableBytesView)) else {
            throw RPCError("internal", "The answer is not JSON.")
        }
        return RPCResponse(content: .value(value))
    }

    /// Parts, sent as `{"id","part":n,"result"}` from 0, and `{"id","done":true}` at the end.
    ///
    /// - Parameter write: sends them; each waits until there is room for it. It is cancelled when
    ///   the client is gone. An error that it throws is sent in place of the end.
    public static func parts(_ write: @escaping @Sendable (RPCPartWriter) async throws -> Void) -> RPCResponse {
        RPCResponse(content: .parts(write))
    }

    /// The elements of a sequence as parts; each is asked for when there is room for it.
    public static func parts<Values: AsyncSequence & Sendable>(of values: Values) -> RPCResponse
    where Values.Element: Encodable {
        .parts { writer in
            for try await value in values { try await writer.send(value) }
        }
    }
}

/// Sends the parts of an answer.
public struct RPCPartWriter: Sendable {
    let write: @Sendable (JSONValue) async throws -> Void

    /// Sends the next part, once there is room for it.
    ///
    /// - Throws: when the client is gone, the part is too large for it, or cannot be encoded.
    public func send(_ part: some Encodable) async throws {
        try Task.checkCancellation()
        try await write(try JSONValue(encoding: part))
    }
}
