import Testing

@testable import WebRTC

@Suite("Handshake messages that come too early")
struct HeldDatagramsTests {
    private static func record(_ type: UInt8 = 22, epoch: UInt8 = 0, number: UInt8 = 0, size: Int = 100) -> [UInt8] {
        [type, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 0, number, 0, UInt8(size)] + Array(repeating: 1, count: size)
    }

    @Test("are kept in their order, once")
    func order() {
        var held = HeldDatagrams()
        let hello = [Self.record(number: 0), Self.record(number: 1)]
        for datagram in hello { held.hold(datagram.span, now: .zero) }
        let (first, second) = (held.take(now: .nanoseconds(1)), held.take(now: .nanoseconds(1)))
        #expect(first == hello && second.isEmpty)
    }

    @Test("are only those: nothing that is encrypted, of another kind or cut short")
    func others() {
        var held = HeldDatagrams()
        for datagram in [Self.record(23), Self.record(epoch: 1), [22, 0xFE, 0xFD], Self.record(20)] {
            held.hold(datagram.span, now: .zero)
        }
        let taken = held.take(now: .zero)
        #expect(taken.isEmpty)
    }

    @Test("are bounded in number, in bytes and in time")
    func bounds() {
        var held = HeldDatagrams()
        for number in 0..<UInt8(HeldDatagrams.maximumCount + 5) {
            held.hold(Self.record(number: number).span, now: .zero)
        }
        var taken = held.take(now: .zero)
        #expect(taken.count == HeldDatagrams.maximumCount)
        let large = Self.record() + Array(repeating: 0, count: HeldDatagrams.maximumBytes / 2)
        for _ in 0..<3 { held.hold(large.span, now: .zero) }
        taken = held.take(now: .zero)
        #expect(taken.count == 1)
        held.hold(Self.record().span, now: .zero)
        taken = held.take(now: HeldDatagrams.patience + .nanoseconds(1))
        #expect(taken.isEmpty)
        // Old ones make room.
        for _ in 0..<2 { held.hold(large.span, now: .zero) }
        held.hold(large.span, now: HeldDatagrams.patience + .nanoseconds(1))
        taken = held.take(now: HeldDatagrams.patience + .nanoseconds(1))
        #expect(taken.count == 1)
    }
}
