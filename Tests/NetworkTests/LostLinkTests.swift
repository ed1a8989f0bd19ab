import TestSupport
import Testing

/// A suite of its own, because it mostly waits: it may do so beside the others.
@Suite("a lost link", .needsLink, .timeLimit(.minutes(5)))
struct LostLinkTests {
    @Test("both sides report a link that is cut for good, and nothing waits for ever")
    func gone() async throws {
        let link = try await EmulatedLink("--delay-ms", "1")
        let peers = try await LinkedPeers(over: link, sending: ["--size", "1000"])
        _ = try await peers.receiver.line("received")
        link.cut()
        let (result, _, errors) = try await peers.result()
        #expect(result.corrupt == 0)
        #expect(errors.allSatisfy { !$0.isEmpty }, "both channels end with an error")
        for process in [peers.sender, peers.receiver] {
            let states = LinkedPeers.states(of: process)
            #expect(states == ["new", "connecting", "connected", "disconnected", "failed", "closed"])
        }
    }
}
