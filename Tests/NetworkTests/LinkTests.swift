import TestSupport
import Testing

/// Data channels over a link that loses, reorders and repeats packets, or is cut. Two processes, two network namespaces.
@Suite("a bad link", .needsLink, .serialized)
struct LinkTests {
    @Test(
        "a million messages arrive once and in order over a link that loses 2 % and reorders", .timeLimit(.minutes(10)))
    func reliable() async throws {
        let link = try await EmulatedLink("--delay-ms", "1", "--loss", "2", "--reorder", "3", "--reorder-ms", "2")
        let peers = try await LinkedPeers(over: link, sending: ["--count", "1000000", "--size", "48"])
        let (result, sent, errors) = try await peers.result()
        #expect(sent == 1_000_000)
        #expect(result == .init(received: 1_000_000, corrupt: 0, repeated: 0, late: 0, highest: 999_999))
        #expect(errors == ["", ""])
        #expect(
            LinkedPeers.statesInUse(of: peers.receiver) == ["new", "connecting", "connected"],
            "loss is no disconnection")
    }

    @Test("unreliable messages arrive whole and at most once, and the losses are the link's", .timeLimit(.minutes(5)))
    func unreliable() async throws {
        let link = try await EmulatedLink(
            "--delay-ms", "1", "--loss", "2", "--reorder", "3", "--reorder-ms", "2", "--duplicate", "1")
        let options = ["--count", "20000", "--size", "4000", "--varied", "--unordered", "--max-retransmits", "0"]
        let peers = try await LinkedPeers(over: link, sending: options)
        let (result, sent, errors) = try await peers.result()
        #expect(sent == 20_000)
        #expect(result.corrupt == 0)
        #expect(result.repeated == 0)
        // A message has one to four packets, each of which is lost with 2 %.
        #expect(result.received < 20_000)
        #expect(result.received > 17_000)
        #expect(errors == ["", ""])
    }

    @Test("a channel goes on after the link was cut for five seconds", .timeLimit(.minutes(5)))
    func cut() async throws {
        let link = try await EmulatedLink("--delay-ms", "1", "--loss", "0.1", "--cut-ms", "5000")
        let peers = try await LinkedPeers(over: link, sending: ["--size", "1000"])
        _ = try await peers.receiver.line("received")
        link.cut()
        // Of what comes now, far more than was under way.
        var place = peers.receiver.lines.count
        for _ in 0..<20 { place = try await peers.receiver.line("received", from: place).next }
        try peers.sender.say("finish")
        let (result, sent, errors) = try await peers.result()
        #expect(sent > 20_000)
        #expect(result == .init(received: sent, corrupt: 0, repeated: 0, late: 0, highest: sent - 1))
        #expect(errors == ["", ""])
        for process in [peers.sender, peers.receiver] {
            // Silence of seven seconds is a disconnection, and the first packet after the cut may take that long.
            let states = LinkedPeers.statesInUse(of: process).filter { $0 != "disconnected" }
            #expect(states.starts(with: ["new", "connecting", "connected"]))
            #expect(states.dropFirst(2).allSatisfy { $0 == "connected" })
        }
    }
}
