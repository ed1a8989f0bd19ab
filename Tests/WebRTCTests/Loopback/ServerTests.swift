import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("ICE servers of a connection", .timeLimit(.minutes(1)))
struct ServerTests {
    @Test("a server over TLS is accepted, named in a candidate error, and does not keep the others from being used")
    func overTLS() async throws {
        var configuration = ConnectedPair.loopback
        let url = "turns:turn.example.org:5349"
        configuration.iceServers = [ICEServer(urls: [url], username: "user", credential: "secret")]
        let pair = try ConnectedPair(configuration)
        #expect(await pair.a.getConfiguration().iceServers.first?.urls == [url])
        let errors = pair.a.iceCandidateErrors
        let (a, b) = try await pair.channel()
        try await a.send("over UDP")
        #expect(try await b.receive() == .text("over UDP"))
        for await error in errors {
            #expect(error.url == url && error.code == 701)
            #expect(error.text.contains("TLS"))
            break
        }
        await pair.close()
    }
}
