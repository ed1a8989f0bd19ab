internal import NetworkLoop
internal import TransportTypes

// What comes over the selected pair, from libnice or past it.
extension ICEAgent: PairSocketReader {
    func pairSocket(_ socket: PairSocket, knows source: TransportAddress) -> Bool {
        knownSources.contains(source, now: loop.now) { carrier?.remoteAddresses() ?? [] }
    }

    func pairSocket(_ socket: PairSocket, didReceiveAnswer datagram: Span<UInt8>) { consent?.receive(datagram) }

    func pairSocket(_ socket: PairSocket, didReceive datagrams: Span<UInt8>, segmentSize: Int, ecn: UInt8) {
        // A check that came right behind data, and is no longer than that, was merged with it, and
        // is lost to libnice. The peer sends it again; from here on it will come by itself.
        if segmentSize < datagrams.count, Self.hasCheck(datagrams, segmentSize) { socket.stopMerging() }
        arrivalECN = ecn
        receive(datagrams, segmentSize: segmentSize)
        arrivalECN = 0
    }

    /// libnice asks its sockets for no control messages, and so do sockets of TCP and relays: what
    /// comes that way has no ECN bits.
    package func readECN(_ reads: Bool) {
        guard reads != readsECN else { return }
        readsECN = reads
        pairSocket?.readECN(reads)
    }

    private static func hasCheck(_ datagrams: Span<UInt8>, _ segmentSize: Int) -> Bool {
        for offset in stride(from: 0, to: datagrams.count, by: segmentSize) where datagrams[offset] <= 3 {
            return true
        }
        return false
    }

    /// Hands on datagrams that lie back to back, of `segmentSize` bytes each but the last.
    func receive(_ datagrams: Span<UInt8>, segmentSize: Int) {
        guard !datagrams.isEmpty else { return }
        if status.isSilent { consent?.ask() }
        statistics.packetsReceived &+= UInt64((datagrams.count - 1) / segmentSize + 1)
        statistics.bytesReceived &+= UInt64(datagrams.count)
        statistics.lastReceived = loop.now
        delegate?.path(didReceive: datagrams, segmentSize: segmentSize)
    }
}
