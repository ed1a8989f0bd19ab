internal import Glibc

/// A download that takes all it can get, like TCP: its window grows until something is lost. Times
/// are in microseconds.
package struct TCPFlow: Sendable {
    /// How the window grows (RFC 5681, RFC 9438).
    package enum Kind: Sendable { case reno, cubic }

    private static let size = 1_500

    /// Which it is.
    package let kind: Kind
    private let index: Int
    private let delay: Int64
    private let active: Range<Int64>
    private var window = 10.0
    private var threshold = 1e9
    private var nextNumber: Int64 = 0
    /// What was sent and not spoken of, in order.
    private var outstanding: [(number: Int64, sentAt: Int64)] = []
    private var recoverUntil: Int64 = -1
    private var acknowledgements: [(time: Int64, number: Int64)] = []
    private var lastProgress: Int64 = 0
    private var roundTrip = 100_000.0
    private var greatest = 0.0
    private var epoch: Int64?
    /// What has arrived so far.
    package private(set) var receivedBytes = 0

    /// - Parameter delay: of the way back.
    package init(_ kind: Kind, index: Int, delay: Int64 = 25_000, active: Range<Int64> = 0..<Int64.max) {
        (self.kind, self.index, self.delay, self.active) = (kind, index, delay, active)
    }

    /// A packet of it arrives.
    package mutating func receive(_ packet: ModelLink.Packet, at time: Int64) {
        receivedBytes += packet.size
        acknowledgements.append((time + delay, packet.number))
    }

    /// What it sends at a time.
    package mutating func send(at time: Int64, into link: inout ModelLink) {
        guard active.contains(time) else { return }
        takeAcknowledgements(at: time)
        if !outstanding.isEmpty, time - lastProgress > 1_000_000 {
            outstanding.removeAll()
            (threshold, window, lastProgress) = (max(2, window / 2), 1, time)
        }
        while Double(outstanding.count) < window {
            outstanding.append((nextNumber, time))
            link.send(.init(flow: index, number: nextNumber, size: Self.size, sentAt: time), at: time)
            nextNumber += 1
        }
    }

    private mutating func takeAcknowledgements(at time: Int64) {
        var taken = 0
        while taken < acknowledgements.count, acknowledgements[taken].time <= time {
            let number = acknowledgements[taken].number
            taken += 1
            lastProgress = time
            if let place = outstanding.firstIndex(where: { $0.number == number }) {
                roundTrip += 0.125 * (Double(time - outstanding[place].sentAt) - roundTrip)
                outstanding.remove(at: place)
                grow(at: time)
            }
            // Three that came after it have arrived.
            var lost: Int64?
            while let first = outstanding.first, first.number < number - 3 {
                lost = first.number
                outstanding.removeFirst()
            }
            if let lost, lost > recoverUntil { shrink() }
        }
        acknowledgements.removeFirst(taken)
    }

    private mutating func shrink() {
        recoverUntil = nextNumber - 1
        greatest = window
        window = max(2, window * (kind == .reno ? 0.5 : 0.7))
        (threshold, epoch) = (window, nil)
    }

    private mutating func grow(at time: Int64) {
        guard window >= threshold else { return window += 1 }
        guard kind == .cubic else { return window += 1 / window }
        let since = epoch ?? time
        epoch = since
        let seconds = Double(time - since) / 1_000_000
        let depth = cbrt(greatest * 0.3 / 0.4)
        let aim = 0.4 * pow(seconds - depth, 3) + greatest
        // As RFC 9438 §4.3 has it, no slower than Reno.
        let steady = greatest * 0.7 + 0.53 * seconds * 1_000_000 / max(1_000, roundTrip)
        window += max(0.01, max(aim, steady) - window) / window
    }
}
