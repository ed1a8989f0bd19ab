@testable import JSEP

// The signaling between the ends.
extension GlareSimulation {
    mutating func send(_ payload: SignalingPayload, from end: Int) {
        let isBusy = now < busyUntil
        if link == .leaky, isBusy, Int.random(in: 0..<4, using: &random) == 0 {
            say { "  lost on the way from \(ends[end].name): \(payload.short)" }
            return
        }
        let arrival = max(lastArrival[end], now + randomDelay())
        lastArrival[end] = arrival
        add(.deliver(payload), to: 1 - end, at: arrival)
        if link == .repeating, isBusy, Int.random(in: 0..<3, using: &random) == 0 {
            add(.deliver(payload), to: 1 - end, at: arrival + randomDelay() * Int.random(in: 0...4, using: &random))
        }
    }

    /// What is under way is lost, or comes late, when both ends may have sent it again.
    mutating func breakLink() {
        say { "the link breaks" }
        if link == .breaking {
            for case .deliver(let payload) in queue.map(\.happening) { say { "  lost: \(payload.short)" } }
            queue.removeAll(where: \.happening.isDelivery)
        }
        let outage = randomDelay() * Int.random(in: 0...3, using: &random)
        for end in 0...1 { add(.reconnected, to: end, at: now + outage + randomDelay()) }
        guard link == .holding else { return }
        let wait = outage + randomDelay() * 2
        for index in queue.indices where queue[index].happening.isDelivery { queue[index].time += wait }
        for end in 0...1 { lastArrival[end] += wait }
    }
}
