extension SCTPAssociation {
    /// The packets that the path carries may be of another size: it is another path. What was found
    /// is tried again there, and given up if it does not get through; until then the system has to
    /// fragment what is too large.
    package func pathDidChange() {
        guard state == .connected else { return }
        if pathMTU.isProbing {
            beginSearch(configuration.probedPacketSizes)
        } else if pathMTU.size > pathMTU.base {
            beginSearch([pathMTU.size])
        }
    }

    /// Looks for the largest packet that the path carries. Until that is known, what usrsctp
    /// bundles is cut.
    func beginSearch(_ sizes: [Int]) {
        guard !sizes.isEmpty else { return }
        pathMTU.begin(sizes, at: NativeStack.shared.elapsed)
        sendProbes()
    }

    /// Takes the answers out of a packet of the peer; usrsctp ignores them.
    func readProbes(_ packet: Span<UInt8>) {
        let isOver = pathMTU.read(packet)
        if !isOver, pathMTU.repeats(at: NativeStack.shared.elapsed) {
            sendProbes()
        }
        if !pathMTU.isProbing {
            native.setPacketSize(pathMTU.size)
        }
    }

    private func sendProbes() {
        for probe in pathMTU.probes(header: commonHeader) where state == .connected {
            counters.packetsSent &+= 1
            delegate?.sctpAssociation(self, didProduceProbe: NativeSocket.withChecksum(probe).span)
        }
    }

    /// Hands out a packet of usrsctp, in parts if it is larger than the path is known to carry.
    func emit(_ packet: Span<UInt8>) {
        guard packet.count > pathMTU.size else {
            counters.packetsSent &+= 1
            delegate?.sctpAssociation(self, didProduce: packet)
            return
        }
        // Only now does it matter how large they may be; many a connection never sends this much at
        // once.
        if !pathMTU.hasSearched { beginSearch(configuration.probedPacketSizes) }
        PacketCutter.cut(packet, limit: pathMTU.size) { part in
            counters.packetsSent &+= 1
            delegate?.sctpAssociation(self, didProduce: NativeSocket.withChecksum(part).span)
        }
    }

    /// Keeps the common header of our packets: of any but INIT, whose verification tag is 0 (RFC
    /// 9260 §8.5).
    func noteHeader(of packet: Span<UInt8>) {
        guard let tag = packet.uint32(at: 4), tag != 0 else { return }
        commonHeader = packet.bytes(from: 0, to: 8) + [0, 0, 0, 0]
    }
}
