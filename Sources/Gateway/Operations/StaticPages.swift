internal import Crypto
internal import Foundation
internal import Hummingbird
internal import NIOCore

/// The files of a folder, read once when the server starts: what is asked for is looked up by its
/// whole name, so no path leads anywhere else.
struct StaticPages: Sendable {
    private struct Page: Sendable {
        let bytes: ByteBuffer
        let type: String
        let tag: String
    }

    /// Pages have their own scripts and styles, talk to their own server, and are in nobody's
    /// frame.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
        + "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8", "svg": "image/svg+xml", "png": "image/png", "json": "application/json",
        "ico": "image/x-icon", "map": "application/json", "txt": "text/plain; charset=utf-8",
    ]
    /// A file may have so many bytes, and there may be so many files.
    private static let largest = 4 << 20
    private static let most = 200

    private let pages: [String: Page]

    /// - Parameter folder: the folder; its hidden files, and files of types that no page has, are
    ///   left out.
    init(folder: URL) {
        var pages: [String: Page] = [:]
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names.sorted().prefix(Self.most) where !name.hasPrefix(".") {
            let file = folder.appendingPathComponent(name)
            guard let type = Self.types[file.pathExtension], let data = try? Data(contentsOf: file),
                data.count <= Self.largest
            else { continue }
            let digest = SHA256.hash(data: data).prefix(12).map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }
            pages["/" + name] = Page(bytes: ByteBuffer(bytes: data), type: type, tag: "\"\(digest.joined())\"")
        }
        if let index = pages["/index.html"] { pages["/"] = index }
        // A page is found without its ending as well: /webrtc-debug.
        for (path, page) in pages where path.hasSuffix(".html") { pages[String(path.dropLast(5))] = page }
        self.pages = pages
    }

    var routes: [GatewayRoute] {
        pages.map { path, page in
            GatewayRoute(.get, path, .pages) { request throws(GatewayFailure) in Self.answer(request, page) }
        }
    }

    private static func answer(_ request: GatewayRequest, _ page: Page) -> Response {
        let headers: HTTPFields = [
            .eTag: page.tag, .cacheControl: "no-cache", .contentSecurityPolicy: policy,
            .xContentTypeOptions: "nosniff",
        ]
        let asked = request.request.headers[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }
        if asked.contains(where: { $0.trimmingCharacters(in: .whitespaces) == page.tag }) {
            return Response(status: .notModified, headers: headers)
        }
        var full = headers
        full[.contentType] = page.type
        return Response(status: .ok, headers: full, body: .init(byteBuffer: page.bytes))
    }
}
