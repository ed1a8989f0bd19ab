/// What has gone over the selected pairs of an ``ICEAgent``, without ICE's own traffic.
package struct ICEStatistics: Hashable, Sendable {
    /// Datagrams handed to the system.
    package var packetsSent: UInt64 = 0
    /// Their payload.
    package var bytesSent: UInt64 = 0
    /// Datagrams handed to the delegate.
    package var packetsReceived: UInt64 = 0
    /// Their payload.
    package var bytesReceived: UInt64 = 0
    /// Datagrams to be sent that the system had no room for, or that came without a usable pair.
    package var packetsDropped: UInt64 = 0
    /// Payload of the datagrams that were dropped on their way out.
    package var bytesDropped: UInt64 = 0
    /// When a datagram was last handed to the system, in nanoseconds of the loop's clock.
    package var lastSent: UInt64?
    /// When a datagram was last handed to the delegate, in nanoseconds of the loop's clock.
    package var lastReceived: UInt64?
}

/// Which server a candidate of this end comes from, as far as it is known.
package struct ICECandidateOrigin: Hashable, Sendable {
    /// The server's URL, as it was given.
    package var url: String?
    /// Of a relayed candidate: how this end speaks with the server, `udp`, `tcp` or `tls`.
    package var relayProtocol: String?

    /// Nothing is known.
    package init(url: String? = nil, relayProtocol: String? = nil) {
        self.url = url
        self.relayProtocol = relayProtocol
    }
}

extension ICEAgent {
    /// libnice does not say which server has told of a candidate; it is known where only one can have.
    package func origin(of candidate: ICECandidate) -> ICECandidateOrigin {
        let isRelayed = candidate.kind == .relayed
        guard isRelayed || candidate.kind == .serverReflexive else { return ICECandidateOrigin() }
        let possible = servers.filter { !isRelayed || $0.url.scheme.isRelay }
        let protocols = Set(possible.map { $0.url.scheme.isSecure ? "tls" : $0.url.transport.rawValue })
        return ICECandidateOrigin(
            url: possible.count == 1 ? possible[0].text : nil,
            relayProtocol: isRelayed && protocols.count == 1 ? protocols.first : nil)
    }
}
