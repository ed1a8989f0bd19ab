internal import Hummingbird
internal import NIOCore
internal import StrictJSON

/// `/openapi.json`: the interface as OpenAPI 3.1 describes it, of a gateway what it serves.
/// The whole text is `openapi.json`.
enum OpenAPIDocument {
    /// - Parameter routes: those that the gateway has.
    static func route(of routes: [GatewayRoute]) -> GatewayRoute {
        let bytes = ByteBuffer(bytes: document(of: routes).bytes)
        return GatewayRoute(.get, "/openapi.json", .pages) { _ throws(GatewayFailure) in
            Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache"],
                body: .init(byteBuffer: bytes))
        }
    }

    private static func document(of routes: [GatewayRoute]) -> JSONValue {
        // A test reads it, and would find it empty.
        guard case .object(var members)? = try? JSONReader.read(PackageResources.openapi_json),
            case .object(let paths)? = members["paths"]
        else { return .object([:]) }
        let served = Set(routes.map { named($0.path) })
        members["paths"] = .object(paths.filter { served.contains($0.key) })
        return .object(members)
    }

    /// `/a/:id` is `/a/{id}` there.
    static func named(_ path: String) -> String {
        path.split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
            .reduce("") { $0 + "/" + $1 }
    }
}
