import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import Signaling

@Suite("sockets whose connections are on another event loop than the hub, in memory")
struct CrossingTests {
    private let ann = CoreDriver.ann
    private let bob = CoreDriver.bob

    private func offer(_ number: Int, to peer: String, size: Int = 1000) -> FrameCase.Frame {
        let sdp = "\(number) " + String(repeating: "x", count: size)
        return FrameCase.Frame(
            opcode: 1, payload: Array(#"{"type":"offer","to_peer_id":"\#(peer)","sdp":"\#(sdp)"}"#.utf8))
    }

    /// The number of such an offer.
    private func number(_ frame: RawPeer.Frame) -> Int? {
        frame.text.firstMatch(of: #/"sdp":"(\d+) /#).flatMap { Int($0.1) }
    }

    @Test("a socket is not read from while much of it is under way, others are; when the hub has it, reading goes on")
    func flood() throws {
        let driver = HubDriver(isSplit: true)
        let (first, second) = (try driver.socket(as: ann), try driver.socket(as: bob))
        _ = try (first.received(), second.received())
        var count = 0
        while first.readsOn(), count < 1000 {
            try first.arrive(offer(count, to: bob))
            count += 1
        }
        #expect((27...30).contains(count), "32 KiB, with what goes with each")
        #expect(second.readsOn())
        let before = first.reads
        driver.run()
        #expect(first.reads == before + 1 && first.readsOn())
        let numbers = try second.frames().compactMap(number)
        #expect(numbers == Array(0..<count))
    }

    @Test("of all sockets of a loop no more is under way than the hub can have at once; then all are read on")
    func floodOfMany() throws {
        let driver = HubDriver(isSplit: true)
        let bob = try driver.socket(as: bob)
        let sockets = try (0..<20).map { _ in try driver.socket() }
        for socket in sockets {
            for number in 0..<15 { try socket.arrive(offer(number, to: ann)) }
        }
        #expect(sockets.allSatisfy { !$0.readsOn() } && !bob.readsOn())
        let before = sockets.map(\.reads)
        driver.run()
        #expect(zip(sockets, before).allSatisfy { $0.reads == $1 + 1 } && bob.readsOn())
    }

    @Test("frames without anything in them count for what they take under way")
    func pings() throws {
        let driver = HubDriver(isSplit: true)
        let socket = try driver.socket()
        var count = 0
        while socket.readsOn(), count < 10_000 {
            try socket.arrive(FrameCase.Frame(opcode: 9))
            count += 1
        }
        #expect(count == 32 * 1024 / 128 + 1)
        #expect(try socket.received().count == count, "each is answered, for the connection takes all")
    }

    @Test("a reader on another loop that takes nothing is closed at the limit of messages, and at that of bytes")
    func slowReader() throws {
        for (limits, size) in [(SignalingLimits(outbox: 8), 1), (SignalingLimits(outboxBytes: 8 * 1100), 1000)] {
            let driver = HubDriver(limits, isSplit: true)
            let (first, second) = (try driver.socket(as: ann), try driver.socket(as: bob))
            _ = try second.received()
            second.read(false)
            for number in 0..<8 {
                #expect(driver.hub.peers.map(\.id) == [ann, bob])
                try first.send(offer(number, to: bob, size: size))
            }
            try first.send(offer(8, to: bob, size: size))
            #expect(driver.hub.peers.map(\.id) == [ann])
        }
    }

    @Test("more than the mark is not handed over to a reader that takes nothing, and comes in order when it takes it")
    func heldBack() throws {
        let driver = HubDriver(isSplit: true)
        let (first, second) = (try driver.socket(as: ann), try driver.socket(as: bob))
        driver.advance(by: .seconds(2))
        _ = try second.received()
        second.read(false)
        for number in 0..<100 { try first.send(offer(number, to: bob)) }
        for _ in 0..<3 { try second.send(FrameCase.Frame(opcode: 9)) }
        second.read(true)
        let frames = try second.frames()
        let numbers = frames.compactMap(number)
        #expect(numbers == Array(0..<100))
        let pong = try #require(frames.firstIndex { $0.opcode == 10 })
        #expect((20...40).contains(pong) && frames.filter { $0.opcode == 10 }.count == 1, "pongs that wait are one")
    }

    @Test("the close comes behind the last message, and what comes after it is not taken")
    func closing() throws {
        let driver = HubDriver(isSplit: true)
        let socket = try driver.socket()
        for _ in 0..<8 { try socket.arrive(FrameCase.Frame(opcode: 1, payload: Array("nonsense".utf8))) }
        #expect(try socket.received() == [String](repeating: "error", count: 5) + ["1008"])
        try socket.send(FrameCase.Frame(opcode: 8, payload: [0x03, 0xF0]))
        let isOpen = socket.channel.isActive
        #expect(!isOpen)
        #expect(driver.hub.core.sockets.isEmpty)
    }

    @Test("what was said before the end of a connection is heard, and nothing of it is left")
    func lastWords() throws {
        let driver = HubDriver(.init(allOutboxBytes: 20_000), isSplit: true)
        let (first, second) = (try driver.socket(as: ann), try driver.socket(as: bob))
        _ = try second.received()
        try first.arrive(offer(1, to: bob))
        try first.close()
        #expect(try second.received().first == "offer")
        #expect(driver.hub.peers.map(\.id) == [bob])
        // What was under way to one that has gone does not count for the others.
        for _ in 0..<30 {
            let third = try driver.socket(as: ann)
            third.read(false)
            try second.send(offer(1, to: ann))
            try third.close()
        }
        let isOpen = second.channel.isActive
        #expect(isOpen)
    }

    @Test("a socket that is known before it has its end is sent what came meanwhile, in order, with that")
    func early() throws {
        let driver = HubDriver(isSplit: true)
        let (channel, id) = try driver.connection()
        let server = ServerSocket(
            hub: driver.hub, id: id, channel: channel, mayJoinRooms: true,
            orders: driver.hub.orders(to: channel.eventLoop))
        server.opened()
        for _ in 0..<5 { server.take(SocketEvent(.text(Array("nonsense".utf8)), reads: false)) }
        driver.run()
        let isSilent = try channel.readOutbound(as: ByteBuffer.self) == nil
        #expect(isSilent)
        try channel.pipeline.syncOperations.addHandler(ServerSocketHandler(server.start))
        let socket = HubDriver.Socket(channel: channel, driver: driver)
        #expect(try socket.received() == [String](repeating: "error", count: 5) + ["1008"])
    }

    @Test("work from other loops is done in its order, and a loop that has much of it looks at its connections between")
    func intake() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let all = loop.makePromise(of: [Int].self)
        let doneAtOnce = try await loop.submit {
            let (intake, done) = (CrossingIntake(loop: loop), NIOLoopBoundBox([Int](), eventLoop: loop))
            for number in 0..<40 {
                intake.take {
                    let end = NIODeadline.now() + .milliseconds(1)
                    while NIODeadline.now() < end {}
                    done.value.append(number)
                    if number == 39 { all.succeed(done.value) }
                }
            }
            return done.value.count
        }.get()
        #expect(doneAtOnce <= 5, "it works for 5 ms, and then the loop goes on with what else it has")
        #expect(try await all.futureResult.get() == Array(0..<40))
    }
}
