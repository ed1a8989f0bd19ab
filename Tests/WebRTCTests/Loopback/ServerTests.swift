import ICE
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("ICE servers of a connection", .timeLimit(.minutes(3)))
struct ServerTests {
    @Test(
        "a server over TLS that is not there, or over DTLS, is named in a candidate error and keeps nothing else from going on",
        arguments: [("turns:127.0.0.1:9", "refused"), ("turns:turn.example.org?transport=udp", "transport=tcp")])
    func overTLS(url: String, reason: String) async throws {
        var configuration = ConnectedPair.loopback
        configuration.iceServers = [ICEServer(urls: [url], username: "user", credential: "secret")]
        let pair = try ConnectedPair(configuration)
        #expect(await pair.a.getConfiguration().iceServers.first?.urls == [url])
        let errors = pair.a.iceCandidateErrors
        let (a, b) = try await pair.channel()
        try await a.send("over UDP")
        #expect(try await b.receive() == .text("over UDP"))
        for await error in errors {
            #expect(error.url == url && error.errorCode == 701)
            #expect(error.errorText.contains(reason))
            break
        }
        await pair.close()
    }
}
