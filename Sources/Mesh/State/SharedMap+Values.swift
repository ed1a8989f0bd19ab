internal import Foundation
public import SharedState
internal import Synchronization

extension SharedMap {
    /// The value of a key, as this node has it; nil if there is none, or it is of another type.
    public subscript<Value: Decodable>(key: String, as type: Value.Type = Value.self) -> Value? {
        (try? value(for: key, as: type)) ?? nil
    }

    /// The value of a key, as this node has it; nil if there is none.
    ///
    /// - Throws: `.wrongType` when what is there cannot be read as one.
    public func value<Value: Decodable>(
        for key: String, as type: Value.Type = Value.self
    ) throws(StateError) -> Value? {
        try entry(for: key)?.value(as: type)
    }

    /// What was last written of a key, which may be that it was deleted; nil if nothing is known.
    public func entry(for key: String) -> StateEntry? {
        guard let key = StateKey(key) else { return nil }
        return state.withLock { $0.replica.entry(for: key) }
    }

    /// All keys that have a value, in the order of their bytes.
    public var keys: [String] {
        state.withLock { state in state.replica.entries }.filter { !$0.isDeletion }.map(\.key.description)
    }

    /// Writes a value, here and to all nodes that are connected; it is read here when the call
    /// returns. Those that come later get it when they do.
    ///
    /// - Parameters:
    ///   - value: at most 32 KiB as JSON.
    ///   - key: 1 to 256 bytes of UTF-8.
    ///   - count: how many other nodes are to say that they have it before the call returns; 0
    ///     unless told, which waits for none.
    ///   - timeout: how long to wait for these; 5 s unless told.
    /// - Returns: who has said so. What others have is lost only with all that have it.
    /// - Throws: `.invalidKey`, `.invalidValue`, `.valueTooLarge`, `.full`; `.invalidState` when
    ///   the node is not running; `.notAcknowledged` when fewer than `count` others said in time
    ///   that they have it: the write stands all the same.
    @discardableResult
    public func set<Value: Encodable>(
        _ value: Value, for key: String, acknowledgedBy count: Int = 0, timeout: Duration = .seconds(5)
    ) async throws(StateError) -> StateReceipt {
        let json: [UInt8]
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            json = Array(try encoder.encode(value))
        } catch {
            throw StateError(.invalidValue, "the value cannot be written as JSON: \(error)")
        }
        return try await write(json, for: key, acknowledgedBy: count, timeout: timeout)
    }

    /// Deletes a key, here and at all nodes. Where it is not known nothing is done.
    ///
    /// - Parameters:
    ///   - key: the key.
    ///   - count: how many other nodes are to say that they know; 0 unless told.
    ///   - timeout: how long to wait for these; 5 s unless told.
    /// - Returns: who has said so.
    /// - Throws: as ``set(_:for:acknowledgedBy:timeout:)``.
    @discardableResult
    public func remove(
        _ key: String, acknowledgedBy count: Int = 0, timeout: Duration = .seconds(5)
    ) async throws(StateError) -> StateReceipt {
        try await write(nil, for: key, acknowledgedBy: count, timeout: timeout)
    }

    /// Figures.
    public var statistics: StateStatistics { state.withLock { $0.replica.statistics } }

    // MARK: Writing

    private func write(
        _ json: [UInt8]?, for key: String, acknowledgedBy count: Int, timeout: Duration
    ) async throws(StateError) -> StateReceipt {
        guard let key = StateKey(key) else {
            throw StateError(.invalidKey, "the key has \(key.utf8.count) bytes of UTF-8; 1 to 256 are allowed")
        }
        await opened()
        guard let number = try write(json, for: key, acknowledgedBy: count) else {
            return StateReceipt(holders: 0, stored: 0)
        }
        let receipt = await acknowledgement(of: number, within: timeout)
        guard receipt.holders >= count else {
            throw StateError(
                .notAcknowledged,
                "the write stands, but \(receipt.holders) of \(count) others have said that they have it")
        }
        return receipt
    }

    /// Waits until what was stored is known.
    private func opened() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                guard case .loading = state.phase else { return true }
                state.openers.append(continuation)
                return false
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Returns the number of the write, if there is something to wait for.
    private func write(
        _ json: [UInt8]?, for key: StateKey, acknowledgedBy count: Int
    ) throws(StateError) -> UInt64? {
        var outcome = Result<UInt64?, StateError>.failure(StateError(.invalidState, "the node is not running"))
        update { state, time in
            guard case .running = state.phase else { return [] }
            do throws(StateError) {
                let (number, actions) = try state.replica.write(
                    json, for: key, wantsAcknowledgement: count > 0, at: time)
                outcome = .success(count > 0 && !actions.isEmpty ? number : nil)
                // Before it is sent: the first may answer at once.
                if count > 0, !actions.isEmpty, state.waiting.count < Self.maximumWaiting,
                    let entry = state.replica.entry(for: key)
                {
                    state.waiting[number] = WaitingWrite(entry, count: count)
                }
                return actions
            } catch {
                outcome = .failure(error)
                return []
            }
        }
        return try outcome.get()
    }

    /// Writes that are waited for at once; more are not, and count as not acknowledged.
    private static var maximumWaiting: Int { 1024 }

    private func acknowledgement(of number: UInt64, within timeout: Duration) async -> StateReceipt {
        let deadline = Task {
            guard (try? await Task.sleep(for: timeout)) != nil else { return }
            self.giveUp(number)
        }
        defer { deadline.cancel() }
        return await withCheckedContinuation { continuation in
            let known = state.withLock { state -> StateReceipt? in
                guard let write = state.waiting[number] else { return StateReceipt(holders: 0, stored: 0) }
                guard !write.isDone else {
                    state.waiting[number] = nil
                    return write.receipt
                }
                state.waiting[number]?.continuation = continuation
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func giveUp(_ number: UInt64) {
        let write = state.withLock { $0.waiting.removeValue(forKey: number) }
        write?.finish()
    }
}
