import Foundation
import Mesh
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

/// Programs that others have written, against a running gateway. Where one is missing its test is skipped; where `CI` is
/// set it fails.
@Suite("programs of others", .serialized, .timeLimit(.minutes(2)))
struct ProgramTests {
    @Test(
        "a client on aiortc asks a thousand things at once, and each has its answer",
        .enabled("aiortc is not installed") { await Self.has("aiortc") })
    func aiortc() async throws {
        try await TestGateway.run { server in try await Self.run("gateway_client", server.base) }
    }

    @Test(
        "36 actions behind one handler are answered alike over the data channel and over HTTP",
        .enabled("aiortc is not installed") { await Self.has("aiortc") })
    func inventory() async throws {
        try await InventoryProgram.run { try await Self.run("inventory_client", $0) }
    }

    private static func run(_ name: String, _ base: String) async throws {
        let script = try #require(Bundle.module.path(forResource: name, ofType: "py", inDirectory: "Resources"))
        let (status, output) = try await TestProgram.run(["python3", "-B", script, base])
        #expect(status == 0 && output.hasSuffix("ok\n"), "\(output)")
    }

    @Test(
        "the interface is what /openapi.json says: schemathesis finds nothing else",
        .enabled("schemathesis is not installed") { await Self.has("schemathesis") })
    func openAPI() async throws {
        // The node of the mesh finds nobody, and says so.
        let mesh = MeshConfiguration(displayName: "", signalingURL: "ws://127.0.0.1:1/ws")
        var configuration = GatewayConfiguration(
            sessions: .init(sessionsPerClient: 2, sessionsPerAddress: 2), mesh: mesh, requestBurst: 1_000_000)
        let folder = try TestFolder()
        // A source that is live at once, and costs nothing.
        configuration.streams =
            StreamerTests.configuration {
                $0.sources["test"] = $0.sources["tone"]
                $0.sourceTime = .seconds(1)
                $0.recordings = URL(fileURLWithPath: folder.path("recordings"))
            }.streams
        let types = try #require(
            Bundle.module.path(forResource: "openapi_types", ofType: "py", inDirectory: "Resources"))
        try await TestGateway.run(configuration) { server in
            // What it says is more than a pipe holds, and it keeps files where it runs. That a description is text does not
            // make it one that is right.
            let command = """
                cd "$(mktemp -d)" || exit; cp '\(types)' hooks.py; printf '%s\\n' \
                '[[operations]]' 'include-path-regex = "^/(wh|api/streamers($|/.*/peer$))"' \
                'checks.positive_data_acceptance.enabled = false' \
                >schemathesis.toml; \
                SCHEMATHESIS_HOOKS=hooks timeout 90 python3 -m schemathesis.cli run \
                http://127.0.0.1:\(server.port)/openapi.json --seed 1 --max-time 40 --max-examples 20 --no-color \
                --generation-database none --request-timeout 10 >said 2>&1; \
                status=$?; tail -c 6000 said; rm -r "$PWD"; exit $status
                """
            let (status, output) = try await TestProgram.run(["bash", "-c", command])
            #expect(status == 0, "\(output)")
        }
    }

    @Test(
        "prometheus scrapes it, and finds nothing odd in what it says",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/prometheus") || TestProgram.isCI,
            "prometheus is not installed (apt install prometheus)"))
    func prometheus() async throws {
        try await TestGateway.run { server in
            _ = try await server.post("/v1/rpc", #"{"action":"echo","text":"hi"}"#)
            let url = "http://127.0.0.1:\(server.port)/metrics"
            let (status, output) = try await TestProgram.run([
                "bash", "-c", "set -o pipefail; curl -sf \(url) | promtool check metrics",
            ])
            // 3 is for matters of taste, such as a name without its unit.
            #expect(status == 0 || status == 3, "\(output)")

            let folder = try TestFolder()
            let settings = """
                global: { scrape_interval: 1s }
                scrape_configs: [{ job_name: gateway, static_configs: [{ targets: ["127.0.0.1:\(server.port)"] }] }]
                """
            let file = try folder.write(Array(settings.utf8), to: "prometheus.yml")
            var started: (LineProcess, TestGateway)?
            while started == nil {
                try Task.checkCancellation()
                let port = Int.random(in: 20000..<32000)
                let process = try LineProcess(
                    "prometheus", "/bin/sh",
                    [
                        "-c",
                        "exec /usr/bin/prometheus --config.file=\(file) --storage.tsdb.path=\(file).data "
                            + "--web.listen-address=127.0.0.1:\(port) 2>&1",
                    ])
                if try await process.heard("Server is ready", or: "address already in use") {
                    started = (process, TestGateway(gateway: server.gateway, port: port))
                }
            }
            let (process, prometheus) = try #require(started)
            var found: JSONValue = .null
            while found == .null {
                let answer = try await prometheus.send("GET", "/api/v1/query?query=gateway_rpc_total")
                if case .array(let results)? = answer.json["data"]?["result"], let first = results.first {
                    found = first
                }
            }
            #expect(found["metric"]?["transport"] == .string("http") && found["metric"]?["job"] == .string("gateway"))
            process.send(signal: SIGTERM)
            _ = await process.end()
        }
    }

    private static func has(_ module: String) async -> Bool {
        if TestProgram.isCI { return true }
        return ((try? await TestProgram.run(["python3", "-c", "import \(module)"]))?.status ?? 1) == 0
    }
}
