internal import Foundation
public import NIOCore
internal import StrictJSON

/// One request of a client: a JSON object with an `action`, over a data channel or over HTTP.
public struct RPCRequest: Sendable {
    /// What it came over.
    public enum Transport: String, Sendable, Hashable {
        /// The data channel of a session.
        case dataChannel = "webrtc"
        /// `POST /v1/rpc`.
        case http
    }

    /// What is to be done.
    public let action: String
    /// What it came over.
    public let transport: Transport
    /// The session's peer id, which the client has chosen; nil over HTTP.
    public let peerID: String?
    /// The user that a token has shown; nil where there was none.
    public let subject: String?

    let id: JSONValue?
    let object: JSONValue

    init(_ object: JSONValue, action: String, id: JSONValue?, from source: RPCSource) {
        self.object = object
        self.action = action
        self.id = id
        transport = source.transport
        peerID = source.peerID
        subject = source.subject
    }

    /// The text of a member; nil where there is none, or it is no text.
    public subscript(name: String) -> String? { object[name]?.text }

    /// The whole object as JSON, `action` and `id` included.
    public var json: ByteBuffer { ByteBuffer(bytes: object.bytes) }

    /// Reads the whole object as a type of the application's.
    ///
    /// - Throws: ``RPCError/malformed(_:)`` with the member that is not right.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(RPCError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(object.bytes))
        } catch DecodingError.keyNotFound(let key, _) {
            throw .malformed("\"\(key.stringValue)\" is missing.")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw .malformed("\"\(path)\" is of another type.")
        } catch {
            throw .malformed("The request cannot be read.")
        }
    }
}

/// Where a request came from.
struct RPCSource: Sendable {
    var transport: RPCRequest.Transport
    var peerID: String?
    var subject: String?
}
