internal import Hummingbird
internal import NIOCore

/// `/openapi.json`: the interface as OpenAPI 3.1 describes it.
enum OpenAPIDocument {
    static let route = GatewayRoute(.get, "/openapi.json", .pages) { _ throws(GatewayFailure) in
        Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
