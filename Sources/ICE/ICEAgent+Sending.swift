internal import NetworkLoop

extension ICEAgent {
    /// Sends one datagram over the selected pair.
    package func send(_ datagram: Span<UInt8>) -> SendResult {
        guard let native = carrier, status.isUsable, !datagram.isEmpty else {
            return count(.notConnected, datagram.count)
        }
        let isSent = path?.send(datagram) ?? native.send(datagram)
        guard isSent else { return count(.wouldBlock, datagram.count) }
        statistics.lastSent = loop.now
        statistics.packetsSent &+= 1
        statistics.bytesSent &+= UInt64(datagram.count)
        return .sent
    }

    /// Sends one datagram that no host on the way may cut into fragments, to learn whether the path
    /// carries it. Only over plain UDP; elsewhere nothing could be learned from it, and it is not
    /// sent.
    @discardableResult
    package func send(unfragmented datagram: Span<UInt8>) -> SendResult {
        guard path != nil else { return count(.notConnected, datagram.count) }
        path?.setFragmenting(false)
        defer { path?.setFragmenting(true) }
        return send(datagram)
    }

    /// Sends datagrams of `segmentSize` bytes that lie back to back; the last may be shorter.
    ///
    /// Over plain UDP this is one system call for up to 64 datagrams, which the kernel cuts apart
    /// (UDP_SEGMENT); otherwise one call a datagram. What the system has no room for is dropped and
    /// counted: whoever sends in bulk over UDP has a congestion control above, for which the loss
    /// is the signal.
    /// - Parameter segmentSize: 1 to 65507.
    /// - Returns: the number of datagrams that the system has taken.
    @discardableResult
    package func send(batch: Span<UInt8>, segmentSize: Int) -> Int {
        guard (1...65507).contains(segmentSize), !batch.isEmpty else { return 0 }
        let total = (batch.count - 1) / segmentSize + 1
        guard let native = carrier, status.isUsable else {
            statistics.packetsDropped &+= UInt64(total)
            statistics.bytesDropped &+= UInt64(batch.count)
            return 0
        }
        var sent = 0
        if path != nil {
            sent = path?.send(batch: batch, segmentSize: segmentSize) ?? 0
        } else {
            var offset = 0
            while offset < batch.count {
                let end = min(batch.count, offset + segmentSize)
                if native.send(batch.extracting(offset..<end)) { sent += 1 }
                offset = end
            }
        }
        statistics.packetsSent &+= UInt64(sent)
        statistics.packetsDropped &+= UInt64(total - sent)
        let bytes = min(batch.count, sent * segmentSize)
        statistics.bytesSent &+= UInt64(bytes)
        statistics.bytesDropped &+= UInt64(batch.count - bytes)
        if sent > 0 { statistics.lastSent = loop.now }
        return sent
    }

    /// Only over plain UDP: elsewhere the socket is libnice's to write to.
    package func mark(ecn: UInt8) { path?.ecn = ecn & 3 }

    private func count(_ result: SendResult, _ bytes: Int) -> SendResult {
        statistics.packetsDropped &+= 1
        statistics.bytesDropped &+= UInt64(bytes)
        return result
    }
}
