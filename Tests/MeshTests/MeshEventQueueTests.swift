import AsyncQueues
import Signaling
import Testing

@testable import Mesh

@Suite("Subscriptions to a node's events", .timeLimit(.minutes(1)))
struct MeshEventQueueTests {
    private func message(_ text: String) -> MeshEvent {
        let peer = MeshPeer(id: PeerID(), peerType: .display, displayName: "x", isConnected: true, isLeader: false)
        return .message(MeshEvent.Received(from: peer, text: text, isDirect: false))
    }

    private func texts(_ hub: EventSource<MeshEvent>.Subscription, _ count: Int) async -> [String] {
        var texts: [String] = []
        while texts.count < count, let event = await hub.next() {
            if case .message(let received) = event { texts.append(received.text) }
        }
        return texts
    }

    @Test("every subscription sees every event from its beginning, in order")
    func order() async {
        let hub = EventSource<MeshEvent>(.live, .events(limit: 10))
        let first = hub.subscribe()
        hub.send(message("1"))
        let second = hub.subscribe()
        hub.send(message("2"))
        hub.finish()
        #expect(await texts(first, 5) == ["1", "2"])
        #expect(await texts(second, 5) == ["2"])
    }

    @Test("a producer waits while one subscription is full, and goes on when it is read or given up")
    func backPressure() async {
        let hub = EventSource<MeshEvent>(.live, .events(limit: 2))
        var slow: EventSource<MeshEvent>.Subscription? = hub.subscribe()
        let producer = Task {
            for number in 1...5 {
                await hub.room()
                hub.send(message("\(number)"))
            }
        }
        if let subscription = slow { #expect(await texts(subscription, 1) == ["1"]) }
        slow = nil
        await producer.value
    }

    @Test("finishing frees producers that wait")
    func finishing() async {
        let hub = EventSource<MeshEvent>(.live, .events(limit: 1))
        let subscription = hub.subscribe()
        hub.send(message("1"))
        let producer = Task { await hub.room() }
        hub.finish()
        await producer.value
        #expect(await texts(subscription, 9) == ["1"])
    }

    @Test("states that nobody took are replaced, messages are not")
    func coalescing() async {
        let hub = EventSource<MeshEvent>(.live, .events(limit: 3))
        let subscription = hub.subscribe()
        for _ in 0..<3 { hub.send(message("m")) }
        for _ in 0..<100 {
            hub.send(.connectionStateChanged(.discovering))
            hub.send(.peerListChanged([]))
        }
        hub.send(.connectionStateChanged(.connected))
        hub.finish()
        var events: [MeshEvent] = []
        while let event = await subscription.next() { events.append(event) }
        #expect(events.count == 5)
        #expect(events.last == .connectionStateChanged(.connected))
    }

    @Test("a cancelled reader gets nil")
    func cancellation() async {
        let hub = EventSource<MeshEvent>(.live, .events(limit: 1))
        let subscription = hub.subscribe()
        let reader = Task { await subscription.next() }
        reader.cancel()
        #expect(await reader.value == nil)
    }
}
