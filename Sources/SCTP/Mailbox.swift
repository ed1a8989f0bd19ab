internal import Synchronization

/// Where packets wait that usrsctp produced for an association while its owner was not in it: on
/// the ticker's thread, or from the call of another association.
///
/// Bounded: a path that loses packets is what SCTP is made for, a heap that grows is not.
final class Mailbox: Sendable {
    private struct State {
        var packets: [[UInt8]] = []
        var isClosed = false
    }

    /// A timer sends a packet or two; what a burst of retransmissions may need is far below this.
    private static let capacity = 256

    let id: UInt
    private let wake: @Sendable () -> Void
    private let state = Mutex(State())
    /// Set while a wake is on its way, so that a burst wakes the owner once.
    private let isSignalled = Atomic(false)

    init(id: UInt, wake: @escaping @Sendable () -> Void) {
        self.id = id
        self.wake = wake
    }

    /// Keeps a packet; the oldest news are the most useful, so a full mailbox drops what is new.
    func push(_ packet: [UInt8]) {
        state.withLock { state in
            guard !state.isClosed else { return }
            if state.packets.count < Self.capacity {
                state.packets.append(packet)
            }
        }
    }

    /// Wakes the owner, unless that is under way.
    func signal() {
        if !isSignalled.exchange(true, ordering: .acquiringAndReleasing) {
            wake()
        }
    }

    /// Whether it was signalled since the last `take()`.
    var hasSignal: Bool {
        isSignalled.load(ordering: .acquiring)
    }

    /// What has come. The next packet signals again.
    func take() -> [[UInt8]] {
        isSignalled.store(false, ordering: .releasing)
        return state.withLock { state in
            let packets = state.packets
            state.packets = []
            return packets
        }
    }

    /// Nothing is kept from now on.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.packets = []
        }
    }
}
