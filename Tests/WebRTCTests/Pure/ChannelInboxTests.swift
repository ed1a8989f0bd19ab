import NIOCore
import Testing

@testable import WebRTC

@Suite("What waits to be read")
struct ChannelInboxTests {
    @Test("messages come out in the order in which they went in")
    func order() {
        var inbox = ChannelInbox(limit: 1000)
        #expect(inbox.isEmpty)
        for index in 0..<10 { inbox.append(.text("\(index)")) }
        let popped = (0..<11).map { _ in inbox.popFirst() }
        #expect(popped == (0..<10).map { .text("\($0)") } + [nil])
        #expect(inbox.isEmpty && inbox.byteCount == 0)
    }

    @Test("it is full at its limit, drained at half of it, and one message may exceed it")
    func limits() {
        var inbox = ChannelInbox(limit: 1000)
        #expect(!inbox.isFull && inbox.isDrained)
        inbox.append(.binary(ByteBuffer(repeating: 7, count: 5000)))
        #expect(inbox.isFull && !inbox.isDrained)
        _ = inbox.popFirst()
        #expect(!inbox.isFull && inbox.isDrained)
        for _ in 0..<3 { inbox.append(.binary(ByteBuffer(repeating: 7, count: 200))) }
        #expect(!inbox.isFull && !inbox.isDrained)
    }

    @Test("empty messages fill it too", arguments: [DataChannelMessage.text(""), .binary(ByteBuffer())])
    func emptyMessages(message: DataChannelMessage) {
        var inbox = ChannelInbox(limit: 64 * 100)
        var count = 0
        while !inbox.isFull {
            inbox.append(message)
            count += 1
        }
        #expect(count == 100)
    }

    @Test("a limit of nothing is a limit of one byte")
    func nonsense() {
        for limit in [0, -1, Int.min] {
            var inbox = ChannelInbox(limit: limit)
            #expect(!inbox.isFull && inbox.isDrained)
            inbox.append(.text(""))
            #expect(inbox.isFull)
        }
    }

    @Test("removing all leaves nothing")
    func removal() {
        var inbox = ChannelInbox(limit: 10)
        inbox.append(.text("much more than ten bytes"))
        inbox.removeAll()
        let popped = inbox.popFirst()
        #expect(popped == nil && inbox.isEmpty && inbox.byteCount == 0 && !inbox.isFull)
    }
}
