internal import Hummingbird
internal import NIOCore
internal import StrictJSON

/// `/openapi.json`: the interface as OpenAPI 3.1 describes it, of a gateway what it serves.
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
        let (own, more) = (members(read(text)), members(read(streams)))
        let served = Set(routes.map { named($0.path) })
        let paths = merge(own["paths"], more["paths"]).filter { served.contains($0.key) }
        let (components, others) = (members(own["components"]), members(more["components"]))
        let merged = components.merging(others) { .object(merge($0, $1)) }
        return .object(own.merging(["paths": .object(paths), "components": .object(merged)]) { $1 })
    }

    private static func members(_ value: JSONValue?) -> [String: JSONValue] {
        if case .object(let members)? = value { members } else { [:] }
    }

    private static func merge(_ value: JSONValue?, _ other: JSONValue?) -> [String: JSONValue] {
        members(value).merging(members(other)) { $1 }
    }

    /// `/a/:id` is `/a/{id}` there.
    static func named(_ path: String) -> String {
        path.split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
            .reduce("") { $0 + "/" + $1 }
    }

    private static func read(_ text: String) -> JSONValue {
        // A test reads it, and would find it empty.
        (try? JSONReader.read(Array(text.utf8))) ?? .object([:])
    }
}
