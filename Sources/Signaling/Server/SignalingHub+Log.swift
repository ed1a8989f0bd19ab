internal import Logging

/// What the log says of sockets, and what ends with them.
extension SignalingHub {
    /// A socket's id, and its dialect where it is known.
    func about(_ id: SocketID) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["socket": "\(id)"]
        if let dialect = core.dialectNames(of: id) ?? sockets[id]?.record.dialect { metadata["dialect"] = "\(dialect)" }
        return metadata
    }

    /// The same with the code that the socket is closed with.
    func about(_ id: SocketID, code: UInt16) -> Logger.Metadata {
        about(id).merging(["code": "\(code)"]) { _, new in new }
    }

    /// The same with a number of bytes.
    func about(_ id: SocketID, bytes: Int) -> Logger.Metadata {
        about(id).merging(["bytes": "\(bytes)"]) { _, new in new }
    }

    /// A socket speaks a dialect, or one more.
    func registered(_ id: SocketID) {
        sockets[id]?.record.dialect = core.dialectNames(of: id)
        logger.debug("a socket speaks a dialect", metadata: about(id))
    }

    /// A connection became a WebSocket.
    func hasOpened(_ record: SocketRecord) {
        logger.debug("a socket is open", metadata: about(record.id))
    }

    /// A WebSocket takes and sends nothing more.
    ///
    /// - Parameter code: the one in the close frame; 1005 where there is none in it, 1006 where
    ///   there is no close frame (RFC 6455 §7.4.1).
    func hasClosed(_ record: SocketRecord, code: UInt16) {
        var metadata: Logger.Metadata = [
            "socket": "\(record.id)", "code": "\(code)", "received": "\(record.received)", "sent": "\(record.sent)",
        ]
        if let dialect = record.dialect { metadata["dialect"] = "\(dialect)" }
        metrics.closed(code: code)
        record.span?.end(record, code: code)
        logger.debug("a socket is closed", metadata: metadata)
    }
}

extension SignalingServerCore {
    /// How many dialects a socket speaks.
    func spoken(by socket: SocketID) -> Int {
        sockets[socket]?.spoken.count ?? 0
    }

    /// The names of the dialects that a socket speaks, as `call, room`; nil where it speaks none.
    func dialectNames(of socket: SocketID) -> String? {
        guard let state = sockets[socket], state.isRegistered else { return nil }
        return state.spoken.map { dialects[$0].name }.sorted().joined(separator: ", ")
    }
}
