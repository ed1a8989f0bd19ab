/// Packets to be sent in a row at one rate, so that their arrival tells whether the path can take
/// it.
package struct ProbeCluster: Sendable, Equatable {
    /// To be noted in ``SentPacket/cluster``.
    package let id: Int
    /// At which to send, in bit/s.
    package let bitrate: Int
    /// The cluster is over when so many packets and so many bytes are sent.
    package let minimumPackets: Int
    /// See ``minimumPackets``.
    package let minimumBytes: Int

    /// Values that make no sense are moved to the nearest that do: 10 kbit/s to 100 Gbit/s, at most
    /// 10,000 packets and 16 MiB.
    package init(id: Int, bitrate: Int, minimumPackets: Int = 5, minimumBytes: Int) {
        self.id = id
        self.bitrate = min(max(bitrate, 10_000), BandwidthEstimator.Settings.highest)
        self.minimumPackets = min(max(minimumPackets, 1), 10_000)
        self.minimumBytes = min(max(minimumBytes, 0), 16 << 20)
    }
}
