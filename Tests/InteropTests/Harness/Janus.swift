import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// A Janus of a test's own: its port, its folder, ended by its id.
actor Janus {
    /// Where its HTTP interface is.
    let port: Int
    private let process: ChildProcess
    private let folder: URL
    /// What it says, read to its end so that it is never kept waiting.
    private var output: Task<Void, Never>?

    init() async throws {
        port = try await Self.freePort()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("janus-\(UUID())")
        try Self.configure(folder, port: port)
        process = try ChildProcess("janus", ["-F", folder.path], mergesErrors: true)
        let (ready, said) = AsyncStream.makeStream(of: Void.self)
        output = Task { [lines = process.lines] in
            for await line in lines where line.contains("HTTP webserver started") { said.yield() }
            said.finish()
        }
        guard await ready.first(where: { true }) != nil else { throw InteropError("janus did not start") }
    }

    /// A handle of one of its plugins, such as `echotest`.
    func attach(to plugin: String) async throws -> JanusHandle {
        let session = try await Self.post(["janus": "create"], to: "/janus", port: port)["data"]["id"].integer
        guard let session else { throw InteropError("janus gave no session") }
        let path = "/janus/\(session)"
        let attach: JSONValue = ["janus": "attach", "plugin": .string("janus.plugin.\(plugin)")]
        let handle = try await Self.post(attach, to: path, port: port)["data"]["id"].integer
        guard let handle else { throw InteropError("janus has no \(plugin)") }
        return JanusHandle(port: port, session: path, handle: "\(path)/\(handle)")
    }

    /// Ends the process.
    func stop() async {
        process.stop()
        await output?.value
        try? FileManager.default.removeItem(at: folder)
    }

    static func post(_ request: JSONValue, to path: String, port: Int) async throws -> JSONValue {
        var request = request
        request["transaction"] = .string(UUID().uuidString)
        let body = try JSONEncoder().encode(request)
        let answer = try await HTTPExchange.send(.POST, port: port, path: path, body: body)
        return try JSONDecoder().decode(JSONValue.self, from: answer)
    }

    private static func freePort() async throws -> Int {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        defer { server.close(promise: nil) }
        guard let port = server.localAddress?.port else { throw InteropError("no port for janus") }
        return port
    }

    private static func configure(_ folder: URL, port: Int) throws {
        let recordings = folder.appendingPathComponent("recordings")
        try FileManager.default.createDirectory(at: recordings, withIntermediateDirectories: true)
        let unused = [
            "audiobridge", "duktape", "lua", "nosip", "sip", "streaming", "textroom", "videocall", "voicemail",
        ]
        let others = ["mqtt", "nanomsg", "pfunix", "rabbitmq", "websockets"]
        func names(_ list: [String]) -> String { list.map { "libjanus_\($0).so" }.joined(separator: ",") }
        let files = [
            "janus.jcfg": """
            general: { debug_colors = false }
            plugins: { disable = "\(names(unused))" }
            transports: { disable = "\(names(others))" }
            loggers: { disable = "libjanus_jsonlog.so" }
            """,
            "janus.transport.http.jcfg": """
            general: { json = "compact", base_path = "/janus", http = true, port = \(port), ip = "127.0.0.1" }
            admin: { admin_http = false }
            """,
            "janus.plugin.recordplay.jcfg": "general: { path = \"\(recordings.path)\" }",
        ]
        for (name, text) in files {
            try Data((text + "\n").utf8).write(to: folder.appendingPathComponent(name))
        }
    }
}

/// One end of Janus: what it is asked, and what it answers.
struct JanusHandle: Sendable {
    let port: Int
    let session: String
    let handle: String

    /// The plugin's answer to a message that may carry a description, and the description that it carries.
    @discardableResult
    func ask(
        _ body: JSONValue, _ description: Description? = nil
    ) async throws -> (data: JSONValue, description: Description?) {
        var request: JSONValue = ["janus": "message", "body": body]
        if let description {
            // All candidates are in it.
            request["jsep"] = ["type": .string(description.type), "sdp": .string(description.sdp), "trickle": false]
        }
        var reply = try await Janus.post(request, to: handle, port: port)
        let transaction = reply["transaction"]
        while reply["janus"].string == "ack" || reply["transaction"] != transaction {
            // Each of these waits until something has happened.
            let data = try await HTTPExchange.send(.GET, port: port, path: session, body: Data())
            reply = try JSONDecoder().decode(JSONValue.self, from: data)
        }
        let data = reply["plugindata"]["data"]
        guard data != .null, data["error"] == .null else { throw InteropError("janus: \(reply)") }
        let jsep = reply["jsep"]
        return (data, jsep == .null ? nil : try jsep.decoded(as: Description.self))
    }
}
