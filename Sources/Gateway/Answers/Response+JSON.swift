internal import Foundation
internal import Hummingbird
internal import ICE
internal import NIOCore
internal import StrictJSON

extension Response {
    /// An answer in JSON, which nobody may keep.
    static func json(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: value.bytes)))
    }
}

extension JSONValue {
    /// What a value writes of itself.
    init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        self = try JSONReader.read(Array(try encoder.encode(value)))
    }

    /// A time as ISO 8601 has it.
    static func time(_ date: Date) -> JSONValue { .string(date.ISO8601Format()) }

    /// ICE servers as `RTCConfiguration` has them (W3C WebRTC §4.2.2).
    static func iceServers(_ servers: [ICEServer]) -> JSONValue {
        .array(
            servers.map { server in
                var members: [String: JSONValue] = ["urls": .array(server.urls.map { .string($0) })]
                if let username = server.username { members["username"] = .string(username) }
                if let credential = server.credential { members["credential"] = .string(credential) }
                return .object(members)
            })
    }

    static func number(_ value: some BinaryInteger) -> JSONValue { .number("\(value)") }

    /// A number; `null` for nil and for what JSON cannot say.
    static func number(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .number("\(value)")
    }
}
