internal import Foundation
internal import Synchronization

/// Waits for the end of a program, and keeps the last words of its complaints. May be used from any
/// thread.
final class ProgramExit: Sendable {
    /// How much of the complaints is kept, in bytes.
    private static let mostWords = 2048
    /// How long the last words may come after the end: somebody else may hold the pipe open.
    private static let patience = 0.5

    private struct State {
        var words: [UInt8] = []
        var status: (code: Int32, isSignal: Bool)?
        var haveWordsEnded = false
        var isOverdue = false
        var waiting: [CheckedContinuation<ProgramEnding, Never>] = []

        var ending: ProgramEnding? {
            guard let status, haveWordsEnded || isOverdue else { return nil }
            let lines = String(decoding: words, as: UTF8.self).split(whereSeparator: \.isNewline)
            let line = lines.last { !$0.allSatisfy(\.isWhitespace) } ?? ""
            return ProgramEnding(
                status: status.isSignal ? nil : status.code, signal: status.isSignal ? status.code : nil,
                lastWords: String(line.prefix(300)))
        }
    }

    private let state = Mutex(State())

    /// Set before the program is started.
    func follow(_ process: Process, _ complaints: FileHandle) {
        complaints.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.update { state in
                state.haveWordsEnded = state.haveWordsEnded || data.isEmpty
                state.words = Array((state.words + data).suffix(Self.mostWords))
            }
        }
        process.terminationHandler = { [self] process in
            update { $0.status = (process.terminationStatus, process.terminationReason == .uncaughtSignal) }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { [self] in
                complaints.readabilityHandler = nil
                update { $0.isOverdue = true }
            }
        }
    }

    /// It was not started.
    func forget(_ complaints: FileHandle) { complaints.readabilityHandler = nil }

    /// How it has ended; nil while it has not.
    var ending: ProgramEnding? { state.withLock { $0.ending } }

    /// Waits for the end; also in a task that is cancelled.
    func wait() async -> ProgramEnding {
        await withCheckedContinuation { continuation in
            let ending = state.withLock { state in
                if state.ending == nil { state.waiting.append(continuation) }
                return state.ending
            }
            if let ending { continuation.resume(returning: ending) }
        }
    }

    private func update(_ change: (inout State) -> Void) {
        let (ending, waiting) = state.withLock { state in
            change(&state)
            guard let ending = state.ending else {
                return (ProgramEnding?.none, [CheckedContinuation<ProgramEnding, Never>]())
            }
            defer { state.waiting = [] }
            return (ending, state.waiting)
        }
        guard let ending else { return }
        for continuation in waiting { continuation.resume(returning: ending) }
    }
}
