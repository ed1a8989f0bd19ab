import JSEP
import NetworkLoop
import TestSupport

/// The signaling between two ends, which treats messages as its kind says while the applications are busy. The order of one
/// direction stays.
///
/// `@unchecked Sendable`: it is used on the world's loop alone.
final class GlareLink: @unchecked Sendable {
    enum Kind: CaseIterable {
        case reliable
        /// It breaks now and then: what is under way is lost, and each end hears of it when it is back.
        case breaking
        /// It breaks too, but what is under way arrives when it is back, with what is sent again.
        case holding
        /// It loses single messages, and nobody hears of it.
        case leaky
        /// It brings some messages twice, the copy at any time.
        case repeating
    }

    /// One end's way to the other.
    struct Transport: SignalingTransport {
        let link: GlareLink
        let end: Int
        let messages: AsyncStream<SignalingEvent>

        func send(_ message: SignalingPayload) async throws { link.send(message, from: end) }
    }

    private struct Letter {
        let number: Int
        let payload: SignalingPayload
        let to: Int
        var arrival: Duration
    }

    let kind: Kind
    private let world: World
    private let longestDelay: Duration
    private let busyUntil: Duration
    private var inboxes: [AsyncStream<SignalingEvent>.Continuation?] = [nil, nil]
    private var underWay: [Letter] = []
    private var letters = 0
    private var lastArrival = [Duration.zero, .zero]

    init(_ kind: Kind, in world: World, longestDelay: Duration, busyUntil: Duration) {
        self.kind = kind
        self.world = world
        self.longestDelay = longestDelay
        self.busyUntil = busyUntil
    }

    /// The way of whoever is at that end from now on.
    func transport(of end: Int) -> Transport {
        let (messages, inbox) = AsyncStream<SignalingEvent>.makeStream()
        inboxes[end]?.finish()
        inboxes[end] = inbox
        return Transport(link: self, end: end, messages: messages)
    }

    func randomDelay() -> Duration {
        .microseconds(Int.random(in: 0...Int(longestDelay / .microseconds(1)), using: &world.random))
    }

    private func chance(_ one: Int, of all: Int) -> Bool { Int.random(in: 0..<all, using: &world.random) < one }

    private func send(_ payload: SignalingPayload, from end: Int) {
        let isBusy = world.now < busyUntil
        if kind == .leaky, isBusy, chance(1, of: 4) {
            world.say("lost on the way to \(1 - end): \(payload.short)")
            return
        }
        world.say("to \(1 - end): \(payload.short)")
        // One after the other, so that none overtakes another.
        let arrival = max(lastArrival[end] + .nanoseconds(1), world.now + randomDelay())
        lastArrival[end] = arrival
        deliver(payload, to: 1 - end, at: arrival)
        if kind == .repeating, isBusy, chance(1, of: 3) {
            deliver(payload, to: 1 - end, at: arrival + randomDelay() * Int.random(in: 0...4, using: &world.random))
        }
    }

    private func deliver(_ payload: SignalingPayload, to end: Int, at arrival: Duration) {
        letters += 1
        underWay.append(Letter(number: letters, payload: payload, to: end, arrival: arrival))
        expect(letters, at: arrival)
    }

    private func expect(_ number: Int, at arrival: Duration) {
        _ = world.loop.schedule(after: arrival - world.now) { [weak self] in
            guard let self, let index = underWay.firstIndex(where: { $0.number == number && $0.arrival == arrival })
            else { return }
            let letter = underWay.remove(at: index)
            world.say("\(letter.to) gets \(letter.payload.short)")
            inboxes[letter.to]?.yield(.message(letter.payload))
        }
    }

    /// What is under way is lost, or comes late, when both ends may have sent it again.
    func breakNow() {
        world.say("the link breaks")
        if kind == .breaking { underWay = [] }
        let outage = randomDelay() * Int.random(in: 0...3, using: &world.random)
        for end in 0...1 { reconnect(end, after: outage + randomDelay()) }
        guard kind == .holding else { return }
        let wait = outage + randomDelay() * 2
        for index in underWay.indices {
            underWay[index].arrival += wait
            expect(underWay[index].number, at: underWay[index].arrival)
        }
        for end in 0...1 { lastArrival[end] += wait }
    }

    func reconnect(_ end: Int, after time: Duration) {
        _ = world.loop.schedule(after: time) { [weak self] in
            guard let self else { return }
            world.say("\(end) has reconnected")
            inboxes[end]?.yield(.reconnected)
        }
    }

    /// What is under way to that end is lost.
    func forget(to end: Int) { underWay.removeAll { $0.to == end } }
}
