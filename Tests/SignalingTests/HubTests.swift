import NIOCore
import NIOEmbedded
import Testing

@testable import Signaling

@Suite("the sockets of a server, in memory")
struct HubTests {
    private let ann = CoreDriver.ann
    private let bob = CoreDriver.bob
    private let eve = CoreDriver.eve

    private func ids(_ driver: HubDriver) -> [String] { driver.hub.peers.map(\.id) }

    // MARK: Who is there

    @Test(
        "a connection that has ended makes room for the next, also where nobody makes room for others",
        arguments: [false, true])
    func ended(isSplit: Bool) throws {
        let driver = HubDriver(.init(sockets: 1), isSplit: isSplit)
        for _ in 0..<3 {
            let socket = try driver.socket(as: ann)
            #expect(ids(driver) == [ann])
            #expect(throws: HubDriver.Refused.self) { try driver.connection() }
            try socket.close()
            driver.run()
            #expect(ids(driver) == [])
        }
    }

    @Test("nothing is left of sockets that had to make room for others", arguments: [false, true])
    func evicted(isSplit: Bool) throws {
        let driver = HubDriver(.init(unregisteredPerAddress: 1), isSplit: isSplit)
        let (first, second) = (try driver.socket(), try driver.socket())
        #expect(try first.received() == ["1013"])
        #expect(!first.channel.isActive && second.channel.isActive)
        #expect(driver.hub.core.sockets.count == 1)
        try second.close()
        #expect(driver.hub.core.sockets.isEmpty)
    }

    @Test("who says goodbye is gone for the others at once, not when the connection is", arguments: [false, true])
    func goodbye(isSplit: Bool) throws {
        let driver = HubDriver(isSplit: isSplit)
        let (first, second) = (try driver.socket(as: ann), try driver.socket(as: bob))
        driver.advance(by: .seconds(2))
        _ = try (first.received(), second.received())
        try second.send(FrameCase.Frame(opcode: 8, payload: [0x03, 0xE8]))
        #expect(try second.received() == ["1000"])
        #expect(second.channel.isActive, "it is closed when the other end closes it")
        #expect(try first.received() == ["peer_list"])
        #expect(ids(driver) == [ann])
        driver.advance(by: .seconds(5))
        #expect(!second.channel.isActive, "or when that takes too long")
    }

    @Test(
        "a server that stops closes all connections, also those that are no WebSockets yet", arguments: [false, true])
    func stop(isSplit: Bool) throws {
        let driver = HubDriver(isSplit: isSplit)
        let (plain, _) = try driver.connection()
        let socket = try driver.socket(as: ann)
        _ = try socket.received()
        let ends = driver.hub.stop()
        #expect(ends.count == 2)
        driver.run()
        let isLeft = plain.isActive
        #expect(!isLeft)
        #expect(try socket.received() == ["1001"])
        driver.advance(by: .seconds(1))
        #expect(!socket.channel.isActive)
    }

    // MARK: Lists of peers

    @Test(
        "lists that have to wait are sent when their time has come, as one, and so are later ones",
        arguments: [false, true])
    func lists(isSplit: Bool) throws {
        let driver = HubDriver(isSplit: isSplit)
        let socket = try driver.socket(as: ann)
        _ = try socket.received()
        for _ in 0..<3 {
            for leader in [ann, bob, eve] { driver.hub.setLeader(leader) }
            #expect(try socket.received() == ["peer_list"], "the first of them is sent at once")
            driver.advance(by: .seconds(2))
            #expect(try socket.received() == ["peer_list"])
            driver.advance(by: .seconds(2))
            #expect(try socket.received() == [])
        }
    }

    @Test(
        "a message from somebody new comes behind the list that names the sender, though that has to wait",
        arguments: [false, true])
    func listBeforeMessage(isSplit: Bool) throws {
        let driver = HubDriver(isSplit: isSplit)
        let first = try driver.socket(as: ann)
        _ = try driver.socket(as: bob)
        let third = try driver.socket(as: eve)
        #expect(try first.received() == ["peer_list", "peer_list"], "the list with three has to wait")
        try third.offer(to: ann)
        let frames = try first.frames()
        #expect(frames.count == 2 && frames.first?.text.contains(eve) == true)
        #expect(frames.last?.text.contains("offer") == true)
        driver.advance(by: .seconds(2))
        #expect(try first.received() == [], "the list is not sent twice")
    }

    // MARK: What waits

    @Test("what waits for a reader is sent when it reads again", arguments: [false, true])
    func readsAgain(isSplit: Bool) throws {
        let driver = HubDriver(isSplit: isSplit)
        let (first, second) = (try driver.socket(as: ann), try driver.socket(as: bob))
        _ = try second.received()
        second.read(false)
        for _ in 0..<3 { try first.offer(to: bob) }
        #expect(try second.received() == [])
        second.read(true)
        #expect(try second.received() == ["offer", "offer", "offer"])
    }

    @Test("above what may wait for all readers together the one for which most waits is closed, and the others hear it")
    func allOutboxes() throws {
        let driver = HubDriver(.init(allOutboxBytes: 10_000))
        let first = try driver.socket(as: ann)
        let (slow, slower) = (try driver.socket(as: bob), try driver.socket(as: eve))
        driver.advance(by: .seconds(2))
        for socket in [first, slow, slower] { _ = try socket.received() }
        for socket in [slow, slower] { socket.read(false) }
        try first.offer(to: bob, size: 3000)
        for _ in 0..<2 { try first.offer(to: eve, size: 3000) }
        #expect(slower.channel.isActive)
        try first.offer(to: eve, size: 3000)
        #expect(try slower.received() == ["1013"])
        driver.run()
        #expect(ids(driver) == [ann, bob])
        #expect(try first.received() == ["peer_list"])
        // What has waited for the one that is gone is forgotten.
        for _ in 0..<2 { try first.offer(to: bob, size: 3000) }
        #expect(slow.channel.isActive)
        slow.read(true)
        #expect(try slow.received().filter { $0 == "offer" }.count == 3)
    }

    @Test(
        "what was sent does not count as waiting any more, neither for the reader nor for all of them",
        arguments: [false, true])
    func sent(isSplit: Bool) throws {
        let driver = HubDriver(.init(outboxBytes: 10_000, allOutboxBytes: 10_000), isSplit: isSplit)
        let (first, second) = (try driver.socket(as: ann), try driver.socket(as: bob))
        _ = try second.received()
        for _ in 0..<10 { try first.offer(to: bob, size: 3000) }
        second.read(false)
        for _ in 0..<3 { try first.offer(to: bob, size: 3000) }
        second.read(true)
        #expect(try second.received() == [String](repeating: "offer", count: 13))
        #expect(ids(driver) == [ann, bob])
    }

    @Test("of unfinished messages the one goes that began first, however lately it grew", arguments: [false, true])
    func unfinished(isSplit: Bool) throws {
        let driver = HubDriver(.init(unfinishedBytes: 80_000), isSplit: isSplit)
        let (first, second) = (try driver.socket(), try driver.socket())
        func part(_ opcode: UInt8, _ size: Int) -> FrameCase.Frame {
            FrameCase.Frame(opcode: opcode, payload: [UInt8](repeating: 32, count: size), isFinal: false)
        }
        for socket in [first, second] {
            try socket.send(part(1, 20_000))
            driver.advance(by: .seconds(1))
        }
        #expect(first.channel.isActive && second.channel.isActive)
        try first.send(part(0, 40_000))
        #expect(try first.received() == ["1013"])
        #expect(try second.received() == [])
        #expect(!first.channel.isActive && second.channel.isActive)
        // What was kept for the one that is gone is forgotten.
        try second.send(part(0, 20_000))
        #expect(second.channel.isActive)
    }
}
