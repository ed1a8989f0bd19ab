import TestSupport
import Testing

/// One suite at a time measures how fast it goes on, so they do not disturb each other.
@Suite("a network that changes", .needsNetwork("ip"), .serialized, .timeLimit(.minutes(5)))
struct ChangingNetworkTests {
    /// The requirement; what is measured is a tenth of it. Where the machine is so busy that even the first connection took
    /// long, as long as ten of those.
    private static func limit(after control: Duration) -> Duration { max(.seconds(3), control * 10) }

    /// A LAN, and a channel over it on which the sender sends a message every few milliseconds.
    ///
    /// - Returns: also how long it took from the first offer to the open channel.
    private func connect() async throws -> (TestNetwork, PeerPair, control: Duration) {
        let network = try await TestNetwork("lan")
        let pair = PeerPair(
            sender: try network.peer("offer", on: "a", ["--pause-ms", "5"]),
            receiver: try network.peer("answer", on: "b"))
        let start = ContinuousClock.now
        try await pair.introduce()
        try await pair.opened()
        let control = start.duration(to: .now)
        try await pair.progress()
        return (network, pair, control)
    }

    private func check(_ pair: PeerPair, _ network: TestNetwork) async throws {
        let (result, sent) = try await pair.finish()
        #expect(result.received == sent && sent > 0)
        #expect(result.corrupt + result.repeated + result.late == 0)
        await network.remove()
    }

    @Test(
        "a host gets another address: after a restart of ICE the channel goes on within 3 s, and nothing is lost",
        arguments: ["a", "b"], [true, false])
    func replacedAddress(host: String, senderOffers: Bool) async throws {
        let (network, pair, control) = try await connect()
        try await network.run("ip addr flush dev eth0", on: host)
        try await network.run("ip addr add 10.81.0.77/24 dev eth0", on: host)
        let start = ContinuousClock.now
        if senderOffers {
            try await pair.restart(by: pair.sender, with: pair.receiver)
        } else {
            try await pair.restart(by: pair.receiver, with: pair.sender)
        }
        try await pair.progress()
        #expect(start.duration(to: .now) < Self.limit(after: control))
        try await check(pair, network)
    }

    @Test("a host is without an address until ICE has failed: a restart mends it, and nothing is lost")
    func lateAddress() async throws {
        let (network, pair, control) = try await connect()
        try await network.run("ip addr flush dev eth0", on: "a")
        let (_, place) = try await pair.sender.line("connection", saying: "failed")
        try await network.run("ip addr add 10.81.0.77/24 dev eth0", on: "a")
        let start = ContinuousClock.now
        try await pair.restart(by: pair.sender, with: pair.receiver)
        _ = try await pair.sender.line("connection", saying: "connected", from: place)
        try await pair.progress()
        #expect(start.duration(to: .now) < Self.limit(after: control))
        try await check(pair, network)
    }

    @Test("a link that is cut for 5 s goes on by itself, and nothing is lost")
    func shortCut() async throws {
        let (network, pair, _) = try await connect()
        try await network.run("ip link set beth0 down && sleep 5 && ip link set beth0 up", on: "w")
        try await pair.progress()
        #expect(!LinkedPeers.states(of: pair.sender).contains("failed"))
        try await check(pair, network)
    }

    @Test("a link that is cut for 40 s has failed; a restart of ICE mends it, and nothing is lost")
    func longCut() async throws {
        let (network, pair, _) = try await connect()
        try await network.run("ip link set beth0 down && sleep 40 && ip link set beth0 up", on: "w")
        _ = try await pair.sender.line("connection", saying: "failed")
        try await pair.restart(by: pair.sender, with: pair.receiver)
        try await pair.progress()
        try await check(pair, network)
    }

    @Test("two hosts with IPv6 alone connect")
    func onlyIPv6() async throws {
        let network = try await TestNetwork("lan")
        for host in ["a", "b"] { try await network.run("ip -4 addr flush dev eth0", on: host) }
        let pair = PeerPair(
            sender: try network.peer("offer", on: "a", ["--count", "100"]),
            receiver: try network.peer("answer", on: "b"))
        try await pair.introduce { sdp in
            #expect(!sdp.contains("10.81.") && sdp.contains("fd81::"))
            return sdp
        }
        try await pair.opened()
        try await check(pair, network)
    }
}
