internal import Tracing

/// The span of one WebSocket, from its upgrade to its close, where somebody traces.
///
/// It stands by itself: a context in the request's headers would be the other end's to choose.
struct SocketSpan {
    private let span: any Span

    /// Begins a span.
    init(_ tracer: any Tracer) {
        span = tracer.startSpan("signaling socket", context: .topLevel, ofKind: .server)
    }

    /// Ends it with what is known of its socket.
    func end(_ record: SocketRecord, code: UInt16) {
        span.updateAttributes { attributes in
            attributes["signaling.socket"] = "\(record.id)"
            if let dialect = record.dialect { attributes["signaling.dialect"] = dialect }
            attributes["signaling.close_code"] = Int(code)
            attributes["signaling.messages.received"] = record.received
            attributes["signaling.messages.sent"] = record.sent
        }
        span.end()
    }

    /// The tracer of the process, or of the task that asks; nil where there is none.
    static var bootstrapped: (any Tracer)? {
        let tracer = InstrumentationSystem.tracer
        return tracer is NoOpTracer ? nil : tracer
    }
}
