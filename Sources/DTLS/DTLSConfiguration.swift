package import TransportTypes

/// What a session may choose.
package struct DTLSConfiguration: Sendable, Hashable {
    /// The largest datagram that a handshake may produce, in bytes of UDP payload; taken into
    /// 280...4096.
    ///
    /// Application records are as large as what is sent in them; see
    /// ``DTLSSession/maximumPayload``.
    package var mtu: Int
    /// The profiles of the `use_srtp` extension, most wanted first. Empty leaves the extension out.
    package var srtpProfiles: [SRTPProfile]
    /// Nanoseconds until the first retransmission of a flight; each further one waits twice as
    /// long.
    ///
    /// RFC 6347 §4.2.4.1 recommends one second where nothing is known of the path. A WebRTC
    /// handshake begins on a path whose round trip ICE has just measured, so it need not wait that
    /// long; browsers begin at 50 ms. The default is above the round trip of most paths, so that a
    /// retransmission mostly means a loss. Give twice the round trip when it is known. Below 16 ms
    /// OpenSSL takes a timer for expired as soon as it is set, hence the minimum.
    package var initialRetransmission: Duration
    /// The longest wait between two retransmissions, in nanoseconds. OpenSSL gives up after twelve
    /// of them.
    package var maximumRetransmission: Duration

    package init(
        mtu: Int = 1200,
        srtpProfiles: [SRTPProfile] = [.aeadAES128GCM, .aeadAES256GCM, .aes128CMSHA1With80BitTag],
        initialRetransmission: Duration = .milliseconds(150),
        maximumRetransmission: Duration = .seconds(3)
    ) {
        self.mtu = mtu
        self.srtpProfiles = srtpProfiles
        self.initialRetransmission = initialRetransmission
        self.maximumRetransmission = maximumRetransmission
    }

    /// The MTU within the limits of OpenSSL: 256 for what it is told, and its handshake buffer.
    var effectiveMTU: Int { min(max(mtu, 280), 4096) }
}
