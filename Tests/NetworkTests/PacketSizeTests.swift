import Foundation
import TestSupport
import Testing

@Suite("the size of packets on a LAN", .needsNetwork("ip"), .serialized, .timeLimit(.minutes(2)))
struct PacketSizeTests {
    /// A LAN whose hosts, and the switch between them, carry packets of so many bytes; the switch says nothing of what it drops.
    private func network(hosts: Int, between: Int) async throws -> TestNetwork {
        let network = try await TestNetwork("lan")
        for host in ["a", "b"] { try await network.run("ip link set eth0 mtu \(hosts)", on: host) }
        for port in ["aeth0", "beth0", "br0"] {
            try await network.run("ip link set \(port) mtu \(between)", on: "w")
        }
        return network
    }

    @Test(
        "large messages arrive whole whatever the hosts and what is between them carry",
        arguments: [(1500, 1500), (9000, 9000), (9000, 1500), (1500, 1300), (1300, 1300)])
    func sizes(hosts: Int, between: Int) async throws {
        let network = try await network(hosts: hosts, between: between)
        let pair = PeerPair(
            sender: try network.peer("offer", on: "a", ["--count", "300", "--size", "60000"]),
            receiver: try network.peer("answer", on: "b"))
        try await pair.introduce()
        let (result, sent) = try await pair.finish(stops: false)
        #expect(result.received == 300 && sent == 300)
        #expect(result.corrupt + result.repeated + result.late == 0)
        await network.remove()
    }

    @Test(
        "a host's interface carries less from now on: what was found out before is sent in fragments, and nothing is lost"
    )
    func shrinking() async throws {
        let network = try await network(hosts: 9000, between: 9000)
        let pair = PeerPair(
            sender: try network.peer("offer", on: "a", ["--size", "60000", "--pause-ms", "2"]),
            receiver: try network.peer("answer", on: "b"))
        try await pair.introduce()
        try await pair.opened()
        for _ in 0..<20 { try await pair.progress() }
        try await network.run("ip link set eth0 mtu 1400", on: "a")
        for _ in 0..<20 { try await pair.progress() }
        let (result, sent) = try await pair.finish()
        #expect(result.received == sent)
        #expect(result.corrupt + result.repeated + result.late == 0)
        await network.remove()
    }
}
