import Foundation
import TestSupport
import Testing

@Suite("the options of the example server", .timeLimit(.minutes(1)))
struct ServerOptionTests {
    @Test("an external address that cannot be one is refused at the start")
    func externalAddress() async throws {
        let server = try LineProcess(
            "server", LineProcess.product("server"), ["--port", "0", "--external-address", "somewhere"], isQuiet: true)
        await #expect(throws: LineProcess.Ended.self) { try await server.heard("listening") }
        server.send(signal: SIGTERM)
        #expect(await server.end() > 0)
    }
}
