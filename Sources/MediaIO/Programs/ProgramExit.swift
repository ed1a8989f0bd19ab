internal import Foundation
internal import NIOCore
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

    /// Hears of the end of a program; called before it is started.
    func follow(_ process: Process) {
        process.terminationHandler = { [self] process in
            update { $0.status = (process.terminationStatus, process.terminationReason == .uncaughtSignal) }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { [self] in
                update { $0.isOverdue = true }
            }
        }
    }

    /// A piece of its complaints.
    fileprivate func heard(_ bytes: ByteBuffer) {
        update { $0.words = Array(($0.words + bytes.readableBytesView).suffix(Self.mostWords)) }
    }

    /// There are no more of them.
    func haveWordsEnded() { update { $0.haveWordsEnded = true } }

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

/// Keeps what a program complains of.
final class ComplaintHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let exit: ProgramExit

    init(_ exit: ProgramExit) { self.exit = exit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { exit.heard(unwrapInboundIn(data)) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { exit.haveWordsEnded() }
}
