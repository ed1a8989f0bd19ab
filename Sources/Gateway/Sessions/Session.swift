internal import AsyncQueues
internal import Foundation
internal import JSEP
internal import Synchronization
internal import WebRTC

/// One client's connection, and what is known of it. May be used from any thread.
final class Session: Sendable {
    enum State: String, Sendable { case new, connecting, connected, failed, closed }

    private struct Life: Sendable {
        var isAnswered = false
        /// Candidates that came before the answer; nil is their end.
        var early: [ICECandidateInit?] = []
        /// When something was last heard or said, by the clock of the limits, and by the wall's.
        var lastActivity: Duration
        var lastSeen: Date
        /// When it was last without a connection.
        var unconnectedSince: Duration?
        var end: State?
        var task: Task<Void, Never>?
        /// What was wrong, for those who ask after the end.
        var diagnosis: ConnectionDiagnosis?
        /// Requests that are being worked on.
        var running = 0
        var isDraining = false
        var idleWaiters = WaiterQueue<Void>()
    }

    private static let mostEarly = 64

    let id: UUID
    let peerID: String
    let owner: SessionOwner
    let created = Date()
    let connection: PeerConnection
    let channel: DataChannel
    private let life: Mutex<Life>

    init(
        id: UUID, peerID: String, owner: SessionOwner, connection: PeerConnection, channel: DataChannel, now: Duration
    ) {
        self.id = id
        self.peerID = peerID
        self.owner = owner
        self.connection = connection
        self.channel = channel
        life = Mutex(Life(lastActivity: now, lastSeen: created, unconnectedSince: now))
    }

    var state: State {
        let (end, isAnswered) = life.withLock { ($0.end, $0.isAnswered) }
        if let end { return end }
        return switch connection.connectionState {
        case .connected: .connected
        case .failed: .failed
        case .closed: .closed
        default: isAnswered ? .connecting : .new
        }
    }

    /// Whether it has come to its end, and is kept only to be asked about.
    var isOver: Bool { [.failed, .closed].contains(state) }

    var lastSeen: Date { life.withLock { $0.lastSeen } }

    var diagnosis: ConnectionDiagnosis { life.withLock { $0.diagnosis } ?? connection.diagnosis }

    /// Begins to work on a request; false when no more are taken.
    func begin() -> Bool {
        life.withLock { life in
            guard !life.isDraining else { return false }
            life.running += 1
            return true
        }
    }

    /// A request has its answer.
    func end() {
        let waiters = life.withLock { life in
            life.running -= 1
            return life.running == 0 ? life.idleWaiters.removeAll() : []
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Takes no more requests, and waits until all have their answers and those are sent.
    func drain() async {
        life.withLock { $0.isDraining = true }
        await life.wait(on: { $1(&$0.idleWaiters) }) { $0.running == 0 }
        await channel.flushed()
    }

    /// The answer is set.
    ///
    /// - Returns: the candidates that came before it.
    func didAnswer() -> [ICECandidateInit?] {
        life.withLock { life in
            life.isAnswered = true
            defer { life.early = [] }
            return life.early
        }
    }

    /// Keeps a candidate that comes before the answer; false where the answer is there, or too many
    /// are kept already.
    func keep(_ candidate: ICECandidateInit?) -> Bool {
        life.withLock { life in
            guard !life.isAnswered, life.early.count < Self.mostEarly else { return false }
            life.early.append(candidate)
            return true
        }
    }

    /// A message has come or gone.
    func touch(now: Duration) {
        life.withLock { life in
            life.lastActivity = now
            life.lastSeen = Date()
        }
    }

    /// Whether its time is over.
    func isStale(now: Duration, _ settings: SessionSettings) -> Bool {
        let isConnected = state == .connected
        return life.withLock { life in
            if isConnected {
                life.unconnectedSince = nil
                return now - life.lastActivity >= settings.idleTime
            }
            let since = life.unconnectedSince ?? now
            life.unconnectedSince = since
            return now - since >= settings.unconnectedTime
        }
    }

    /// Has it served by a task, which ends with it.
    func start(_ task: Task<Void, Never>) {
        let isOver = life.withLock { life in
            life.task = task
            return life.end != nil
        }
        if isOver { task.cancel() }
    }

    /// Ends it: requests that are being worked on are cancelled, and the peer is told.
    func close(as end: State = .closed) {
        let diagnosis = connection.diagnosis
        let task = life.withLock { life in
            if life.end == nil {
                life.end = end
                life.diagnosis = diagnosis
            }
            return life.task
        }
        task?.cancel()
        connection.close()
    }
}

/// Whose session it is.
struct SessionOwner: Sendable, Hashable {
    /// The token's subject; nil without a token.
    var subject: String?
    /// What the limits count together: the subject, or else what the client calls itself.
    var client: String
    /// Where a client without a token came from.
    var address: String
}
