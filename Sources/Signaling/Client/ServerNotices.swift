internal import AsyncQueues
internal import StrictJSON
internal import Synchronization

/// What a server says to a client in every dialect: how its place is had again, and that the server
/// goes.
final class ServerNotices: Sendable {
    /// What a greeting has led to.
    enum Welcome: Sendable {
        /// The place of an earlier connection, with all that was addressed to it meanwhile.
        case resumed
        /// A new place; or the server does not say.
        case anew
        case refused(ErrorMessage)
        case ended
    }

    /// The server goes.
    struct Draining: Sendable {
        /// Where to; nil where the client knows that itself.
        var url: String?
        /// How long it waits for its clients to leave.
        var within: Duration

        init(_ message: SignalingMessage) {
            url = message["reconnect"]
            let seconds = message.value("within")?.double ?? 0
            within = .seconds(seconds.isFinite ? min(max(seconds, 0), 86_400) : 0)
        }
    }

    private let lastResume = Mutex<String?>(nil)
    /// Ends with the connection.
    let draining = AsyncQueue<Draining, Never>(.init(count: 1, overflow: .refuse))

    /// What it takes to have the place again, as the server has said last.
    var resume: String? { lastResume.withLock { $0 } }

    /// Looks at a message of the server's.
    ///
    /// - Parameter welcomes: the types of those that answer a greeting.
    /// - Returns: what the greeting has led to, if the message answers it.
    func welcome(in message: SignalingMessage, _ welcomes: Set<String>) -> Welcome? {
        guard welcomes.contains(message.type) else { return nil }
        guard let resume = message["resume"], !resume.isEmpty, resume.utf8.count <= 256 else { return .anew }
        lastResume.withLock { $0 = resume }
        return message.value("resumed") == .bool(true) ? .resumed : .anew
    }
}
