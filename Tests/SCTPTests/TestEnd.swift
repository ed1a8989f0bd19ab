import SCTP
import Testing

/// One end of a test's association: keeps what it is told.
final class TestEnd: SCTPAssociationDelegate {
    struct Message: Equatable {
        var stream: UInt16
        var ppid: UInt32
        var bytes: [UInt8]
    }

    private(set) var association: SCTPAssociation?
    var outbox: [[UInt8]] = []
    var messages: [Message] = []
    var keepsMessages = true
    var partsSeen = 0
    var bytesReceived = 0
    var countByStream: [UInt16: Int] = [:]
    var states: [SCTPState] = []
    var error: SCTPError?
    var resetIncoming: [UInt16] = []
    var abandoned: [UInt16] = []
    var resetOutgoing: [UInt16] = []
    var writableCount = 0
    var callbacks = 0
    var longestPacket = 0
    var probes = 0

    var onPacket: ((SCTPAssociation) -> Void)?
    var onMessage: ((SCTPAssociation) -> Void)?
    var onState: ((SCTPAssociation, SCTPState) -> Void)?
    var onResetIncoming: ((SCTPAssociation, [UInt16]) -> Void)?
    var onResetOutgoing: ((SCTPAssociation) -> Void)?
    var onWritable: ((SCTPAssociation) -> Void)?
    private var parts: [UInt32: [UInt8]] = [:]

    init(
        _ configuration: SCTPConfiguration = .init(), clock: SCTPClock = .monotonic,
        wake: @escaping @Sendable () -> Void = {}
    ) throws {
        association = try SCTPAssociation(configuration: configuration, clock: clock, wake: wake, delegate: self)
    }

    var isConnected: Bool { association?.state == .connected }
    var isClosed: Bool { association?.state == .closed }

    func drop() {
        association = nil
    }

    /// Sends a whole message; whether it was taken.
    @discardableResult
    func send(
        _ bytes: [UInt8], stream: UInt16 = 0, ppid: UInt32 = 53, reliability: SCTPReliability = .reliable,
        isLast: Bool = true
    ) throws -> Int {
        try #require(association).send(
            bytes.span, stream: stream, ppid: ppid, reliability: reliability, isLast: isLast)
    }

    func sctpAssociation(_ association: SCTPAssociation, didProduceProbe packet: Span<UInt8>) {
        probes += 1
        outbox.append(packet.array)
    }

    func sctpAssociation(_ association: SCTPAssociation, didProduce packet: Span<UInt8>) {
        callbacks += 1
        longestPacket = max(longestPacket, packet.count)
        outbox.append(packet.array)
        onPacket?(association)
    }

    func sctpAssociation(_ association: SCTPAssociation, didReceive bytes: Span<UInt8>, part: SCTPMessagePart) {
        callbacks += 1
        partsSeen += 1
        bytesReceived += bytes.count
        if keepsMessages {
            let key = UInt32(part.stream) << 1 | (part.isUnordered ? 1 : 0)
            if part.isFirst {
                parts[key] = []
            }
            parts[key, default: []] += bytes.array
            if part.isLast {
                messages.append(
                    Message(stream: part.stream, ppid: part.ppid, bytes: parts.removeValue(forKey: key) ?? []))
            }
        }
        if part.isLast {
            countByStream[part.stream, default: 0] += 1
            onMessage?(association)
        }
    }

    func sctpAssociation(_ association: SCTPAssociation, didAbandonMessageOf stream: UInt16) {
        abandoned.append(stream)
    }

    func sctpAssociation(_ association: SCTPAssociation, didChange state: SCTPState, error: SCTPError?) {
        callbacks += 1
        states.append(state)
        self.error = error ?? self.error
        onState?(association, state)
    }

    func sctpAssociation(_ association: SCTPAssociation, didResetIncoming streams: [UInt16]) {
        callbacks += 1
        resetIncoming += streams
        onResetIncoming?(association, streams)
    }

    func sctpAssociation(_ association: SCTPAssociation, didResetOutgoing streams: [UInt16]) {
        callbacks += 1
        resetOutgoing += streams
        onResetOutgoing?(association)
    }

    func sctpAssociationIsWritable(_ association: SCTPAssociation) {
        callbacks += 1
        writableCount += 1
        onWritable?(association)
    }
}

extension SCTPAssociation {
    /// As if its reader had stopped, for as long as a test lasts; it goes on when ``readInterval``
    /// is nil again.
    func readsNothing() {
        readInterval = .seconds(Int64.max / 4)
    }
}
