internal import JSEP
internal import Synchronization

/// What a transceiver, its sender and its receiver share, readable from any thread without waiting.
///
/// The application writes what it wants, and that shows at once; the connection reads it before
/// each step of negotiation and writes back what descriptions have said.
final class TransceiverCore: Sendable {
    struct Values: Sendable {
        // Of the application.
        var wish: TransceiverWish
        var track: MediaStreamTrack?
        // Of the negotiation.
        var mid: String?
        var currentDirection: TransceiverDirection?
        var isStopped = false
        var isOver = false
        var transport: DTLSTransport?
        /// The encodings that are sent, named by the negotiation, with what the application has
        /// said of each.
        var encodings: EncodingSettings
        /// What both ends have agreed on, once they have.
        var plan: MediaPlan?
        /// Names the parameters that the application has read last.
        var transaction: String?
    }

    let id: Int
    let kind: MediaKind
    let values: Mutex<Values>
    /// The track that gives its frames to the outbox. Whoever changes the track of ``values``
    /// brings this in line with it, one after another.
    private let attached: Mutex<MediaStreamTrack?>
    /// What waits to be sent.
    let outbox: TrackOutbox
    weak let connection: (any TransceiverOwner)?

    /// - Parameter wishes: what the application has asked for of each encoding.
    init(
        _ state: TransceiverState, track: MediaStreamTrack?, wishes: [RTPEncodingParameters],
        of connection: any TransceiverOwner
    ) {
        id = state.id
        kind = state.kind
        let encodings = EncodingSettings(state.kind, rids: state.encodings.map(\.rid), wishes: wishes)
        values = Mutex(Values(wish: state.wish, track: track, encodings: encodings))
        attached = Mutex(track)
        self.connection = connection
        outbox = TrackOutbox(state.kind) { [weak connection] in connection?.mediaHasWork() }
        if track?.attach(outbox) == true { outbox.wantReplay() }
    }

    deinit { attached.withLock { $0?.detach(outbox) } }

    func read<Value>(_ path: any KeyPath<Values, Value> & Sendable) -> Value {
        values.withLock { $0[keyPath: path] }
    }

    /// Whether the connection is closed, or gone.
    var isClosed: Bool { connection?.isClosed ?? true }

    func checkOpen(_ operation: String) throws(WebRTCError) {
        if isClosed { throw .closed(operation) }
    }

    func checkActive(_ operation: String) throws(WebRTCError) {
        try checkOpen(operation)
        if read(\.wish.isStopping) {
            throw WebRTCError(.invalidState, "\(operation): the transceiver was stopped; add another one")
        }
    }

    /// Changes what the application wants; the connection then looks whether it has to negotiate.
    func change(_ body: (inout Values) -> Void) {
        values.withLock { body(&$0) }
        attachTrack()
        connection?.mediaDidChange()
    }

    private func attachTrack() {
        let (track, wantsReplay) = attached.withLock { attached -> (MediaStreamTrack?, Bool) in
            let now = read(\.track)
            guard attached !== now else { return (nil, false) }
            attached?.detach(outbox)
            attached = now
            let isSending = now != nil && outbox.beginAnew()
            let hasGroup = now?.attach(outbox) ?? false
            return (isSending ? now : nil, hasGroup)
        }
        if wantsReplay { outbox.wantReplay() }
        track?.requestFromEncoder()
    }

    /// Takes what descriptions have said, unless close() came first.
    func update(_ state: TransceiverState, transport: DTLSTransport?) {
        values.withLock { values in
            guard !values.isOver else { return }
            values.mid = state.mid
            values.transport = state.mid == nil ? nil : transport
            values.encodings.show(state.encodings.map(\.rid))
            if !values.isStopped { values.currentDirection = state.negotiated.currentDirection }
        }
    }

    /// Takes what both ends have agreed on.
    func agree(_ plan: MediaPlan) {
        values.withLock { $0.plan = plan }
    }

    /// Whether an encoding is to be sent at the moment.
    func isActive(_ rid: String?) -> Bool {
        values.withLock { $0.encodings.isActive(rid) }
    }

    /// For sound of which nothing is said, in bit/s: with headers, and a margin.
    private static let soundBitrate = 128_000

    /// How much may be sent at most, in bit/s: what the application allows for the encodings, or
    /// what who feeds the track says; nil if neither is known.
    var wantedBitrate: Int? {
        let (track, encodings) = values.withLock { ($0.track, $0.encodings.current.filter(\.active)) }
        guard let track else { return 0 }
        let limits = encodings.compactMap(\.maxBitrate)
        let limit = limits.count == encodings.count ? limits.reduce(0) { $0.addingClamped($1) } : nil
        guard let wanted = track.wantedBitrate ?? (kind == .audio ? Self.soundBitrate : nil) else { return limit }
        return min(wanted, limit ?? .max)
    }

    /// A description has refused the section, or the connection closes.
    func stop() {
        values.withLock { $0.stop() }
        outbox.setActive(false)
    }

    /// The transceiver is no longer part of the connection.
    func leave() {
        values.withLock { values in
            values.leave()
            values.transport = nil
        }
        outbox.setActive(false)
    }

    /// The connection closes; what carried the media can still be read (W3C §4.4.3).
    func close() {
        values.withLock { $0.leave() }
        outbox.setActive(false)
    }
}

extension TransceiverCore.Values {
    fileprivate mutating func stop() {
        wish.isStopping = true
        isStopped = true
        currentDirection = .stopped
    }

    fileprivate mutating func leave() {
        stop()
        isOver = true
        mid = nil
    }
}

extension Int {
    /// The sum, or the largest number.
    func addingClamped(_ other: Int) -> Int {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}
