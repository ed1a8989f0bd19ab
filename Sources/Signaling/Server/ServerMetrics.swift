internal import Metrics
internal import NIOCore

/// The numbers of a server, for whoever watches it. Lives on the server's event loop.
///
/// Events are counted in plain integers, and told a few times in each heartbeat interval: so a
/// message costs an addition, whatever the metrics are sent to.
final class ServerMetrics {
    /// Why a connection or a request got no socket.
    enum Refusal: String, CaseIterable { case full, draining, host, origin, token, request }
    /// Why a connection had to go before its time.
    enum Eviction: String, CaseIterable { case place, slow, outboxes, unfinished, timeout }

    /// The close codes that are counted by themselves (RFC 6455 §7.4.1, and ours).
    static let closeCodes: [UInt16] = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1013, 4409]
    /// Of so many messages that are relayed, the time of one is taken.
    static let sampling = 64

    // Sums of all time, by the counters that tell them.
    var receivedBytes = 0
    var sentBytes = 0
    private(set) var received = 0
    private(set) var relayed = 0
    private var refusals = [Int](repeating: 0, count: Refusal.allCases.count)
    private var evictions = [Int](repeating: 0, count: Eviction.allCases.count)
    private var closings = [Int](repeating: 0, count: closeCodes.count + 1)

    /// How many more are relayed before one is timed.
    private var untilSample = 1
    /// When the message came that is dealt with, where it may be timed.
    private var arrival: NIODeadline?

    private let sums: [Sum]
    private let open: Meter
    private let registered: Meter
    private let rooms: Meter?
    private let calls: Meter?
    private let latency: Metrics.Timer

    /// - Parameters:
    ///   - factory: makes all of the metrics, here and now.
    ///   - dialects: those of the server; rooms and calls are told where it has them.
    init(factory: any MetricsFactory, dialects: [any SignalingDialect]) {
        func sum(_ name: String, _ label: (String, String)? = nil) -> Sum {
            Sum(Counter(label: "signaling_\(name)_total", dimensions: label.map { [$0] } ?? [], factory: factory))
        }
        func meter(_ name: String, _ label: (String, String)? = nil) -> Meter {
            Meter(label: "signaling_\(name)", dimensions: label.map { [$0] } ?? [], factory: factory)
        }
        sums =
            ["messages_received", "messages_relayed", "bytes_received", "bytes_sent"].map { sum($0) }
            + Refusal.allCases.map { sum("connections_refused", ("reason", $0.rawValue)) }
            + Eviction.allCases.map { sum("connections_evicted", ("reason", $0.rawValue)) }
            + (Self.closeCodes.map(String.init) + ["other"]).map { sum("sockets_closed", ("code", $0)) }
            + RefusalTally.labels.map { sum("messages_refused", ("code", $0)) }
        open = meter("sockets", ("state", "open"))
        registered = meter("sockets", ("state", "registered"))
        rooms = dialects.contains { $0 is RoomDialect } ? meter("rooms") : nil
        calls = dialects.contains { $0 is CallDialect } ? meter("calls") : nil
        latency = Metrics.Timer(label: "signaling_relay_seconds", factory: factory)
    }

    // MARK: Events

    /// A connection or a request was refused.
    func refused(_ reason: Refusal) { refusals[Refusal.allCases.firstIndex(of: reason) ?? 0] += 1 }

    /// A connection had to go.
    func evicted(_ reason: Eviction) { evictions[Eviction.allCases.firstIndex(of: reason) ?? 0] += 1 }

    /// A WebSocket was closed.
    func closed(code: UInt16) { closings[Self.closeCodes.firstIndex(of: code) ?? Self.closeCodes.count] += 1 }

    /// Something came on a WebSocket.
    ///
    /// - Parameter now: read only where it is a message that may be timed.
    func arrived(_ event: WebSocketReader.Event, now: @autoclosure () -> NIODeadline) {
        switch event {
        case .text:
            received += 1
            arrival = untilSample <= 1 ? now() : nil
        case .binary, .tooLarge: received += 1
        case .ping, .pong, .close, .violation: break
        }
    }

    /// What came is dealt with.
    func dealtWith() { arrival = nil }

    /// A message is sent because of another socket's.
    ///
    /// - Returns: when that one came, for ``delivered(_:now:)``; nil for all but a few.
    func relays() -> NIODeadline? {
        relayed += 1
        untilSample -= 1
        guard let arrival else { return nil }
        untilSample = Self.sampling
        self.arrival = nil
        return arrival
    }

    /// A message that is timed was handed to its recipient's channel.
    func delivered(_ arrival: NIODeadline, now: NIODeadline) { latency.recordNanoseconds((now - arrival).nanoseconds) }

    // MARK: Telling

    /// Tells what has changed since the last time.
    ///
    /// - Parameter sockets: how many are open.
    func tell(sockets: Int, _ core: SignalingServerCore) {
        let single = [received, relayed, receivedBytes, sentBytes]
        let values = single + refusals + evictions + closings + core.refusals.counts
        for (sum, value) in zip(sums, values) { sum.tell(value) }
        open.set(sockets)
        registered.set(
            core.sockets.count {
                core.cluster?.remotes[$0.key] == nil && $0.value.isRegistered && $0.value.mailbox == nil
            })
        for dialect in core.dialects {
            switch dialect {
            case let dialect as RoomDialect: rooms?.set(dialect.rooms.count)
            case let dialect as CallDialect: calls?.set(dialect.callCount)
            default: break
            }
        }
    }

    /// A counter, and what it has been told.
    private final class Sum {
        private let counter: Counter
        private var told = 0

        init(_ counter: Counter) { self.counter = counter }

        func tell(_ value: Int) {
            guard value != told else { return }
            counter.increment(by: value - told)
            told = value
        }
    }
}
