internal import AsyncQueues
public import JSEP
internal import RTP
internal import Synchronization
internal import TransportTypes

/// Sends the tones of a telephone's keys beside a sender's sound (RFC 4733). W3C `RTCDTMFSender`
/// §7.2. Usable from any thread.
public final class DTMFSender: Sendable {
    private let tones = Mutex(ToneSender(clockRate: 48_000))
    private let core: TransceiverCore
    let source = EventSource<String>(.live, .latest)

    init(_ core: TransceiverCore) { self.core = core }

    /// The tones that have not begun yet. W3C `toneBuffer`.
    public var toneBuffer: String { tones.withLock(\.toneBuffer) }

    /// Each tone as it begins, and an empty text when all are over; ends with the transceiver. W3C
    /// `tonechange`.
    public var toneChanges: EventSequence<String> { source.events() }

    /// Whether tones can be sent: sound may be sent, and telephone events were agreed on. W3C
    /// `canInsertDTMF`.
    public var canInsertDTMF: Bool {
        core.values.withLock { values in
            guard !values.isStopped, values.currentDirection?.sends == true, values.transport?.state == .connected,
                let plan = values.plan
            else { return false }
            let formats = RTPSection.sentFormats(plan)
            return formats.contains { !$0.isAuxiliary } && formats.telephoneEvents(clockRate: 0) != nil
        }
    }

    /// Sends tones, in place of those that have not begun. W3C `insertDTMF`.
    ///
    /// - Parameters:
    ///   - tones: 0 to 9, A to D, `#`, `*`, and a comma for a pause of two seconds; none ends what
    ///     is being sent.
    ///   - duration: of each, 40 ms to 6 s; what is outside is the nearest in it.
    ///   - interToneGap: of the silence behind each, 30 ms to 6 s, likewise.
    /// - Throws: `InvalidStateError` if ``canInsertDTMF`` is false or the transceiver stopped,
    ///   `InvalidCharacterError` for anything else among the tones; nothing has changed then.
    public func insertDTMF(
        _ tones: String, duration: Duration = .milliseconds(100), interToneGap: Duration = .milliseconds(70)
    ) throws(WebRTCError) {
        try core.checkActive("insertDTMF")
        guard canInsertDTMF else {
            throw WebRTCError(
                .invalidState,
                "insertDTMF: tones cannot be sent now; sound has to flow to the peer, and its description has to have "
                    + "telephone-event")
        }
        let now = core.connection?.mediaTime ?? .zero
        let outcome = self.tones.withLock { sender -> Result<Void, ToneError> in
            Result { () throws(ToneError) in
                try sender.insert(tones, duration: duration, interToneGap: interToneGap, now: now)
            }
        }
        if case .failure(let error) = outcome { throw WebRTCError(.invalidCharacter, "insertDTMF: \(error)") }
        core.connection?.mediaHasWork()
    }

    // MARK: On the loop

    /// When something is to be sent next.
    var nextDeadline: Duration? { tones.withLock(\.nextDeadline) }

    /// What is to be sent now; tone changes are told on the way.
    ///
    /// - Parameter clockRate: of the telephone events; nil if the peer has none, or there is no
    ///   sound that they go along with: they end.
    func due(clockRate: Int?, now: Duration) -> [ToneSender.Packet] {
        let outputs = tones.withLock { tones in
            if let clockRate { tones.setClockRate(clockRate, now: now) } else { tones.cancel() }
            var outputs: [ToneSender.Output] = []
            while let output = tones.next(now: now) { outputs.append(output) }
            return outputs
        }
        var packets: [ToneSender.Packet] = []
        for output in outputs {
            switch output {
            case .packet(let packet): packets.append(packet)
            case .toneChange(let tone): source.send(tone)
            }
        }
        return packets
    }

    /// Nothing more will be sent.
    func finish() { source.finish() }
}

extension [RTPFormatParameters] {
    /// What carries tones beside sound of a clock: that with the same (RFC 4733 §2.1), or else the
    /// one of the lowest. Gateways often have only one of 8 kHz, and browsers take it then.
    func telephoneEvents(clockRate: Int) -> RTPFormatParameters? {
        let events = filter { $0.name == "telephone-event" }
        return events.first { $0.clockRate == clockRate } ?? events.min { $0.clockRate < $1.clockRate }
    }
}
