internal import ICE

/// What a transport carries: SCTP with the data channels, or media. It is attached to one transport
/// at a time and told what becomes of that; everything is called on the loop.
///
/// A session sends with ``ConnectionTransport/send(_:)``, whenever it likes; what is sent in one
/// turn of the loop leaves together at its end.
protocol TransportSession: AnyObject {
    /// Both sides have agreed on the transport, and a handshake may begin. Repeated with each
    /// description.
    func willConnect(isDTLSClient: Bool)
    /// DTLS has its keys: packets can be sent.
    func didConnect()
    /// Takes a packet of the peer's; what has come together is of one turn. Only valid during the
    /// call.
    func receive(_ packet: Span<UInt8>, in turn: borrowing ArrivalTurn)
    /// All that has come together was handed over: what follows from it is done now, once.
    func arrivalsEnded(_ turn: consuming ArrivalTurn)
    /// The end of the loop's turn is near: hands over what waits to be sent.
    func flush()
    /// Packets take another pair from here on.
    func pathDidChange()
    /// Where the checks stand has changed.
    func iceDidChange(_ state: ICETransportState)
    /// A new generation of ICE begins, for the same peer.
    func iceDidRestart()
    /// The peer has ended DTLS, and all that is on it.
    func peerDidLeave()
    /// The transport goes on with another peer: nothing of the one before holds any more.
    func peerDidChange()
    /// The handshake has failed: nothing will come of it.
    func didFail(_ error: WebRTCError)
}

/// What a transport carries beside DTLS: SRTP and SRTCP, with keys of its handshake (RFC 5764). It
/// is attached to one transport for all its life; everything is called on the loop.
protocol SRTPTransportSession: AnyObject {
    /// DTLS has its keys: packets can be sent. Nobody has been told of it yet.
    func didConnect()
    /// Takes datagrams of one kind that lie back to back, of `segmentSize` bytes each but the last.
    /// Only valid during the call.
    func receive(_ datagrams: Span<UInt8>, segmentSize: Int, isControl: Bool)
    /// The end of the loop's turn is near: hands over what waits to be sent.
    func flush()
    /// The peer has ended DTLS, and all that is on it.
    func peerDidLeave()
    /// The transport goes on with another peer: nothing of the one before holds any more.
    func peerDidChange()
    /// The transport ends; what is to be said to the peer is said now.
    func close()
}

/// Packets that have arrived together. Only a transport makes one, and who has been told of its end
/// cannot receive in it any more; the compiler sees to both.
struct ArrivalTurn: ~Copyable {
    fileprivate init() {}
}

extension ArrivalTurn {
    fileprivate func deliver(_ packet: Span<UInt8>, to session: any TransportSession) {
        session.receive(packet, in: self)
    }
}

extension ConnectionTransport {
    /// Runs what hands packets to ``deliver(_:)``, and then ends their turn.
    func withArrivals<Result>(_ body: () -> Result) -> Result {
        guard turn == nil else { return body() }
        turn = ArrivalTurn()
        let result = body()
        if let turn = turn.take() { dataSession?.arrivalsEnded(turn) }
        return result
    }

    /// Hands a packet of the present turn to whom DTLS belongs.
    func deliver(_ packet: Span<UInt8>) {
        guard let dataSession else { return }
        turn?.deliver(packet, to: dataSession)
    }
}
