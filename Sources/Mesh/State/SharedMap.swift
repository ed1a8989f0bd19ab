internal import AsyncQueues
internal import Foundation
internal import Logging
internal import SharedState
internal import Synchronization

/// The map that all nodes of a mesh hold: any `Codable` values, of which the last write wins.
///
/// ```swift
/// try await node.state.set(Slide(itemId: "song", index: 2), for: "slide")
/// let slide = node.state["slide", as: Slide.self]
/// for await change in node.state where change.key == "slide" {
///     show(try change.value(as: Slide.self))
/// }
/// ```
/// A write is here at once, and sent to all nodes that are connected; those that come later get it
/// when they do. Reading takes no time: what is read is what this node holds. Docs/Mesh.md says
/// which of two writes is the last, and what becomes of what is deleted.
///
/// May be used from any thread. It is in use from ``MeshNode/start()`` to ``MeshNode/stop()``, and
/// can be read after that.
public final class SharedMap: Sendable {
    struct State: Sendable {
        var replica: StateReplica
        var phase = Phase.new
        /// How to reach those who are connected.
        var senders: [ReplicaID: Sender] = [:]
        /// What is to be done, in order, by whoever does it at this moment.
        var actions: [StateAction] = []
        var isPerforming = false
        var waiting: [UInt64: WaitingWrite] = [:]
        var openers: [CheckedContinuation<Void, Never>] = []
        /// Those who wait until each of the unsettled holds the same.
        var settlers: [CheckedContinuation<Void, Never>] = []
        var unsettled: Set<ReplicaID> = []
        var timer: Task<Void, Never>?
        var timerDeadline: Duration?
    }

    enum Phase: Sendable {
        case new
        /// What was stored is being read.
        case loading
        case running
        case stopped
    }

    /// Sends a text over the channel to a peer; false if it cannot take it now.
    typealias Sender = @Sendable (String) -> Bool

    /// The state at each moment; the actions that come out of it are done without it.
    let state: Mutex<State>
    let changes: EventSource<StateChange>
    let conflictSource: EventSource<StateConflict>
    let writer: StateWriter?
    let storage: (any StateStorage)?
    let logger: Logger
    let tell: @Sendable (StateReport) -> Void
    private let origin = ContinuousClock.now
    private let wallClock: @Sendable () -> UInt64
    let tasks = Mutex<[Task<Void, Never>]>([])

    /// A map that holds nothing yet.
    ///
    /// - Parameters:
    ///   - tell: is called with what somebody who runs the node should know.
    ///   - wallClock: milliseconds since 1970.
    init(
        id: ReplicaID, limits: StateLimits, storage: (any StateStorage)?, logger: Logger,
        wallClock: @escaping @Sendable () -> UInt64 = SharedMap.systemClock,
        tell: @escaping @Sendable (StateReport) -> Void
    ) {
        let time = StateTime(monotonic: .zero, milliseconds: wallClock())
        state = Mutex(State(replica: StateReplica(id: id, limits: limits, at: time)))
        changes = EventSource(.live, .latest(limits))
        conflictSource = EventSource(.live, .init(count: 256, bytes: 4 << 20, overflow: .dropOldest, cost: \.byteCount))
        writer = storage.map { StateWriter(storage: $0, limits: limits) }
        self.storage = storage
        self.logger = logger
        self.wallClock = wallClock
        self.tell = tell
    }

    static let systemClock: @Sendable () -> UInt64 = { UInt64(Swift.max(0, Date().timeIntervalSince1970 * 1000)) }

    var now: StateTime { StateTime(monotonic: origin.duration(to: .now), milliseconds: wallClock()) }

    /// Changes the replica and does what it says.
    func update(_ change: (inout State, StateTime) -> [StateAction]) {
        let time = now
        let mustPerform = state.withLock { state in
            state.actions += change(&state, time)
            guard !state.isPerforming else { return false }
            state.isPerforming = true
            return true
        }
        if mustPerform { perform() }
    }

    /// Does what there is to do, in order, with no lock held. What comes meanwhile, from here or
    /// from other threads, is done by the one who is at it.
    private func perform() {
        while true {
            let actions = state.withLock { state in
                defer { state.actions = [] }
                if state.actions.isEmpty { state.isPerforming = false }
                return state.actions
            }
            guard !actions.isEmpty else { break }
            for action in actions { perform(action) }
        }
        armTimer()
    }

    private func armTimer() {
        let origin = origin
        let former = state.withLock { state -> Task<Void, Never>? in
            let deadline = state.phase == .stopped ? nil : state.replica.nextDeadline
            guard state.timerDeadline != deadline else { return nil }
            state.timerDeadline = deadline
            defer {
                state.timer = deadline.map { deadline in
                    Task { [weak self] in
                        guard (try? await Task.sleep(until: origin + deadline, clock: .continuous)) != nil else {
                            return
                        }
                        self?.tick()
                    }
                }
            }
            return state.timer
        }
        former?.cancel()
    }

    private func tick() {
        state.withLock { $0.timerDeadline = nil }
        update { $0.replica.tick(at: $1) }
    }
}

extension BoundedBuffer<StateChange>.Policy {
    /// In a full queue a change replaces an older one of its key that nobody has taken.
    fileprivate static func latest(_ limits: StateLimits) -> Self {
        Self(
            count: limits.entries, bytes: limits.bytes, overflow: .dropOldest,
            cost: { ($0.entry.value?.count ?? 0) + ($0.previous?.value?.count ?? 0) + 256 },
            supersedes: { $0.entry.key == $1.entry.key })
    }
}

extension StateConflict {
    fileprivate var byteCount: Int { (kept.value?.count ?? 0) + (lost.value?.count ?? 0) + 512 }
}
