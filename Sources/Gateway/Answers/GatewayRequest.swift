internal import Hummingbird
internal import NIOCore
internal import Signaling
internal import StrictJSON

/// Who asks, as far as it is known.
struct Caller: Sendable {
    /// Whom the token has shown; nil where there was none.
    var identity: TokenIdentity?
    /// The address that the request came from, in its shortest form; empty where there is none.
    var address: String
}

/// A request that was let in.
struct GatewayRequest: Sendable {
    let request: Request
    let parameters: Parameters
    let caller: Caller

    /// The body as a JSON object.
    ///
    /// - Parameter limit: the most bytes that it may have.
    func object(upTo limit: Int) async throws(GatewayFailure) -> JSONValue {
        let value = try Self.parse(try await bytes(upTo: limit))
        guard case .object = value else { throw .malformed("The body should be a JSON object, not \(value.kind).") }
        return value
    }

    /// The body.
    func bytes(upTo limit: Int) async throws(GatewayFailure) -> [UInt8] {
        let tooLarge = GatewayFailure(.contentTooLarge, "too-large", "The body may have \(limit) bytes.")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        do {
            var body = try await request.body.collect(upTo: limit)
            return body.readBytes(length: body.readableBytes) ?? []
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch {
            throw .malformed("The body did not come whole.")
        }
    }

    private static func parse(_ bytes: [UInt8]) throws(GatewayFailure) -> JSONValue {
        do throws(JSONReader.Failure) {
            return try JSONReader.read(bytes)
        } catch {
            throw .malformed("The body is not JSON: \(error.reason), at byte \(error.offset).")
        }
    }
}

extension JSONValue {
    /// A member that has to be a text of at most so many characters of Unicode, and not an empty
    /// one.
    func required(_ name: String, upTo limit: Int) throws(GatewayFailure) -> String {
        guard let member = self[name] else { throw .malformed("\"\(name)\" is missing.") }
        guard let text = member.text else { throw .malformed("\"\(name)\" should be a string, not \(member.kind).") }
        guard !text.isEmpty, text.unicodeScalars.count <= limit else {
            throw .malformed("\"\(name)\" should have 1 to \(limit) characters.")
        }
        return text
    }
}
