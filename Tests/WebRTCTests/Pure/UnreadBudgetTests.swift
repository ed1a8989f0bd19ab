import NIOCore
import Testing

@testable import WebRTC

@Suite("What all channels of a connection have unread")
struct UnreadBudgetTests {
    private let whole = 8 << 20
    private let limit = 16 << 20

    private func window(_ unread: Int) -> ReceiveWindow {
        ReceiveWindow(unread: unread, limit: limit, largest: whole)
    }

    @Test("the window is whole while there is room for it, then as large as the room, and small beyond the limit")
    func zones() {
        #expect(window(0) == window(whole))
        #expect(window(whole).size == whole && window(whole).watched == nil)
        for unread in stride(from: whole + 1, to: limit, by: 12_345) {
            let window = window(unread)
            let step = whole / 16
            #expect(window.interval == nil)
            #expect((limit - unread..<limit - unread + step).contains(window.size) || window.size == whole)
            #expect((window.watched ?? .max) < unread, "a reader has to come further before it is looked at again")
        }
        #expect(window(limit).interval == 200 && window(limit).size == ReceiveWindow.trickle)
        let stage = ReceiveWindow.stage(limit: limit)
        #expect(window(limit + stage - 1).interval == 200)
        #expect(window(limit + stage).interval == 400 && window(limit + 3 * stage).interval == 1600)
        #expect(window(.max).interval == 200 << 20, "it goes on for ever, and overflows nothing")
    }

    @Test("a small limit leaves a window of half of it, and never one of nothing", arguments: [64 << 10, 1 << 20])
    func small(limit: Int) {
        let open = ReceiveWindow(unread: 0, limit: limit, largest: whole)
        #expect(open.size == limit / 2 && open.interval == nil && open.watched == nil)
        for unread in stride(from: 0, to: limit, by: 997) {
            let window = ReceiveWindow(unread: unread, limit: limit, largest: whole)
            #expect(window.size >= ReceiveWindow.trickle && window.size <= limit / 2)
            #expect(window.watched.map { $0 > 0 } ?? true)
        }
    }

    @Test("who reads down to exactly what is watched is told")
    func exactly() {
        let budget = UnreadBudget(limit: 1000)
        budget.add(200)
        #expect(!budget.watch(100))
        #expect(!budget.remove(99))
        #expect(budget.remove(1))
    }

    @Test("who reads down to what is watched is told once")
    func watched() {
        let budget = UnreadBudget(limit: 100)
        budget.add(120)
        #expect(budget.isFull)
        #expect(!budget.watch(50))
        #expect(!budget.remove(60))
        #expect(budget.remove(20) && !budget.remove(20) && budget.bytes == 20)
        #expect(budget.watch(50), "it is so already")
    }

    @Test("a channel counts what waits in it, until it is read, or the channel is closed on this side")
    func channels() {
        let budget = UnreadBudget(limit: 1 << 20)
        var first = ChannelCore(receiveLimit: 1000, sendLimit: 1, unread: budget)
        var second = ChannelCore(receiveLimit: 1000, sendLimit: 1, unread: budget)
        let message = DataChannelMessage.binary(ByteBuffer(repeating: 1, count: 436))
        let told = (0..<3).map { _ in first.receive(message) }
        #expect(told == [false, true, false], "told once, when it is full")
        _ = second.receive(message)
        #expect(budget.bytes == 2000 && first.isUnread && !second.isUnread)
        for _ in 0..<3 { _ = first.popMessage() }
        #expect(budget.bytes == 500 && !first.isUnread)
        let toldAgain = (0..<2).map { _ in first.receive(message) }
        #expect(toldAgain == [false, true], "told again after it was read")
        _ = first.stopCounting()
        #expect(budget.bytes == 500)
        let left = first.popMessage().message
        #expect(left == message)
        #expect(budget.bytes == 500, "what was not counted any more is not taken off")
    }

    @Test("parts of messages count until they are whole or dropped")
    func parts() {
        let budget = UnreadBudget(limit: 1 << 20)
        var parts = PartialMessages<Int>(unread: budget)
        parts.append([1, 2, 3].span, to: 1)
        parts.append([4].span, to: 1)
        parts.append([5, 6].span, to: 2)
        #expect(budget.bytes == 6 && parts.count(of: 1) == 4 && parts.count(of: 3) == nil)
        let whole = parts.take(1)
        #expect(whole == ByteBuffer(bytes: [1, 2, 3, 4]))
        #expect(budget.bytes == 2)
        parts.removeAll()
        #expect(budget.bytes == 0 && parts.count(of: 2) == nil)
    }
}
