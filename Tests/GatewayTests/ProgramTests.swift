import Foundation
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
        let configuration = GatewayConfiguration(
            sessions: .init(sessionsPerClient: 2, sessionsPerAddress: 2), requestBurst: 1_000_000)
        try await TestGateway.run(configuration) { server in
            // What it says is more than a pipe holds, and it keeps files where it runs.
            let command = """
                cd "$(mktemp -d)" || exit; timeout 60 python3 -m schemathesis.cli run \
                http://127.0.0.1:\(server.port)/openapi.json --seed 1 --max-time 30 --max-examples 20 --no-color \
                --generation-database none --request-timeout 10 --exclude-path /api/turn/credentials >said 2>&1; \
                status=$?; tail -c 6000 said; rm -r "$PWD"; exit $status
                """
            let (status, output) = try await TestProgram.run(["bash", "-c", command])
            #expect(status == 0, "\(output)")
        }
    }

    private static func has(_ module: String) async -> Bool {
        if TestProgram.isCI { return true }
        return ((try? await TestProgram.run(["python3", "-c", "import \(module)"]))?.status ?? 1) == 0
    }
}
