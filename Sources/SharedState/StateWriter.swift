internal import AsyncQueues
internal import Synchronization

/// Brings what a replica wants stored to a ``StateStorage``, many changes at a time, in a task of
/// its own: nobody waits for a disk.
///
/// What cannot be stored waits, the last entry of each key, and is tried again after a second,
/// twice as long each time, up to half a minute. May be used from any thread.
public final class StateWriter: Sendable {
    /// Who is to be told that what it sent is stored.
    public struct Receipt: Sendable, Hashable {
        /// Who asked.
        public var peer: ReplicaID
        /// The number it gave.
        public var number: UInt64

        /// A receipt from its parts.
        public init(peer: ReplicaID, number: UInt64) {
            self.peer = peer
            self.number = number
        }
    }

    /// What a writer says.
    public enum Event: Sendable, Hashable {
        /// All that was added before these receipts is stored; or held in memory only.
        case received([Receipt], isStored: Bool)
        /// Storing has begun to fail, or works again.
        case report(StateReport)
    }

    private struct Pending {
        var entries: [StateKey: StateRecord] = [:]
        var horizon: HybridTimestamp?
        var inStep: UInt64?
        var receipts: [Receipt] = []
        var isFinished = false
        var pause: Task<Void, Never>?

        var isEmpty: Bool { entries.isEmpty && horizon == nil && inStep == nil && receipts.isEmpty }

        var records: [StateRecord] {
            Array(entries.values) + (horizon.map { [.horizon($0)] } ?? []) + (inStep.map { [.inStep($0)] } ?? [])
        }
    }

    /// Receipts that wait; more are not given.
    private static let maximumReceipts = 4096

    private let storage: any StateStorage
    private let mostKeys: Int
    private let firstRetry: Duration
    private let pending = Mutex(Pending())
    private let wakeup = AsyncQueue<Void, Never>(.init(count: 1, overflow: .refuse))

    /// A writer, which begins with ``run(_:)``.
    ///
    /// - Parameters:
    ///   - storage: where to store.
    ///   - limits: those of the replica.
    ///   - firstRetry: how long to wait after the first failure; a second unless told.
    public init(storage: any StateStorage, limits: StateLimits = StateLimits(), firstRetry: Duration = .seconds(1)) {
        self.storage = storage
        mostKeys = 2 * limits.entries
        self.firstRetry = firstRetry
    }

    /// Adds a record, in the place of what waits for its key.
    public func add(_ record: StateRecord) {
        pending.withLock { pending in
            switch record {
            case .entry(let entry): pending.entries[entry.key] = record
            case .forgotten(let key):
                // With a disk that fails for days these would be more than the replica ever holds.
                // A deletion that stays stored is forgotten at the next start.
                if pending.entries.count < mostKeys || pending.entries[key] != nil { pending.entries[key] = record }
            case .horizon(let time): pending.horizon = max(pending.horizon ?? time, time)
            case .inStep(let time): pending.inStep = time
            }
        }
        _ = wakeup.push(())
    }

    /// Adds a receipt for all that was added before.
    public func add(_ receipt: Receipt) {
        pending.withLock { if $0.receipts.count < Self.maximumReceipts { $0.receipts.append(receipt) } }
        _ = wakeup.push(())
    }

    /// Stores what is added, and tells of it, until ``finish()``; then stores what is left, if it
    /// can.
    public func run(_ tell: @Sendable (Event) async -> Void) async {
        var delay: Duration?
        while true {
            if await wakeup.next() == nil { finish() }
            let (records, receipts) = take()
            if records.isEmpty && receipts.isEmpty {
                if isDone { break }
                continue
            }
            let failure = await save(records)
            if !receipts.isEmpty { await tell(.received(receipts, isStored: failure == nil)) }
            guard let failure else {
                if delay != nil { await tell(.report(.storageRecovered)) }
                delay = nil
                continue
            }
            putBack(records)
            if delay == nil { await tell(.report(.storageFailed(failure.message))) }
            if pending.withLock({ $0.isFinished }) { break }
            delay = delay.map { min($0 * 2, .seconds(30)) } ?? firstRetry
            await pause(delay ?? firstRetry)
            _ = wakeup.push(())
        }
        await storage.close()
    }

    /// Ends ``run(_:)``, once what waits is stored or cannot be.
    public func finish() {
        let pause = pending.withLock { pending in
            pending.isFinished = true
            return pending.pause
        }
        pause?.cancel()
        wakeup.finish()
    }

    private var isDone: Bool { pending.withLock { $0.isFinished && $0.isEmpty } }

    private func take() -> ([StateRecord], [Receipt]) {
        pending.withLock { pending in
            defer {
                pending.entries = [:]
                pending.horizon = nil
                pending.inStep = nil
                pending.receipts = []
            }
            return (pending.records, pending.receipts)
        }
    }

    private func save(_ records: [StateRecord]) async -> StateStorageError? {
        guard !records.isEmpty else { return nil }
        do throws(StateStorageError) {
            try await storage.save(records)
            return nil
        } catch {
            return error
        }
    }

    /// What could not be stored waits again, but for what something newer stands for by now.
    private func putBack(_ records: [StateRecord]) {
        pending.withLock { pending in
            for record in records {
                switch record {
                case .entry(let entry):
                    if pending.entries[entry.key] == nil { pending.entries[entry.key] = record }
                case .forgotten(let key): if pending.entries[key] == nil { pending.entries[key] = record }
                case .horizon(let time): pending.horizon = max(pending.horizon ?? time, time)
                case .inStep(let time): pending.inStep = pending.inStep ?? time
                }
            }
        }
    }

    private func pause(_ delay: Duration) async {
        let task = Task { () -> Void in try? await Task.sleep(for: delay) }
        let isFinished = pending.withLock { pending in
            pending.pause = task
            return pending.isFinished
        }
        if isFinished { task.cancel() }
        await task.value
        pending.withLock { $0.pause = nil }
    }
}
