internal import ICE
public import JSEP
internal import Logging

extension PeerConnection {
    /// The configuration in force. W3C `getConfiguration`.
    public func getConfiguration() -> Configuration { configuration }

    /// Changes the configuration, all of it or, with an error, nothing. W3C `setConfiguration`
    /// §4.4.2.
    ///
    /// Begin with ``getConfiguration()`` and change members of it. Other servers, or another
    /// transport policy, are for the next gathering: the next offer, whenever it is made, restarts
    /// ICE by itself (RFC 9429 §4.1.18). They are no reason to negotiate, so no
    /// ``negotiationNeeded`` comes of it; call ``restartICE()`` to have them now. On a side that
    /// only answers they wait for the peer's restart. `ice.restartTimeout` holds from the next loss
    /// on. The logger and `ice.interfaceFilter`, which cannot be compared, stay what they were.
    ///
    /// - Throws: `InvalidStateError` if the connection is closed; `InvalidModificationError` for a
    ///   change of anything else, or of `iceCandidatePoolSize` once there is a local description;
    ///   what the initializer throws.
    public func setConfiguration(_ configuration: Configuration) throws(WebRTCError) {
        try checkOpen("setConfiguration")
        try self.configuration.check(changeTo: configuration, isDescribed: negotiation.descriptions.local != nil)
        try configuration.validate()
        if configuration.iceServers != self.configuration.iceServers
            || configuration.iceTransportPolicy != self.configuration.iceTransportPolicy
        {
            for transport in transports { try transport.setServers(of: configuration.iceConfiguration) }
            negotiation.outdateCredentials()
        }
        var accepted = configuration
        accepted.logger = self.configuration.logger
        accepted.ice.interfaceFilter = self.configuration.ice.interfaceFilter
        accepted.ice.localNames = self.configuration.ice.localNames
        self.configuration = accepted
        data?.restartTimeout = accepted.ice.restartTimeout
        snapshot.update(servers: accepted)
    }
}

extension PeerConnection.Configuration {
    /// Says which member cannot be changed any more, in the order of W3C §4.4.1.6, and after it
    /// what is ours.
    fileprivate func check(changeTo new: Self, isDescribed: Bool) throws(WebRTCError) {
        try refuse(certificates != new.certificates, "certificates")
        try refuse(bundlePolicy != new.bundlePolicy, "bundlePolicy")
        try refuse(rtcpMuxPolicy != new.rtcpMuxPolicy, "rtcpMuxPolicy")
        if isDescribed, (0...255).contains(new.iceCandidatePoolSize) {
            try refuse(iceCandidatePoolSize != new.iceCandidatePoolSize, "iceCandidatePoolSize")
        }
        try refuse(maxMessageSize != new.maxMessageSize, "maxMessageSize")
        try refuse(sendBufferLimit != new.sendBufferLimit, "sendBufferLimit")
        try refuse(receiveBufferLimit != new.receiveBufferLimit, "receiveBufferLimit")
        try refuse(unreadLimit != new.unreadLimit, "unreadLimit")
        try refuse(sctp != new.sctp, "sctp")
        try refuse(maxChannels != new.maxChannels, "maxChannels")
        try refuse(ecnCapableMedia != new.ecnCapableMedia, "ecnCapableMedia")
        try refuse(ice.portRange != new.ice.portRange, "ice.portRange")
        try refuse(ice.includesLoopback != new.ice.includesLoopback, "ice.includesLoopback")
        try refuse(ice.includesIPv6 != new.ice.includesIPv6, "ice.includesIPv6")
        try refuse(ice.tcpCandidates != new.ice.tcpCandidates, "ice.tcpCandidates")
        try refuse(ice.externalAddresses != new.ice.externalAddresses, "ice.externalAddresses")
        try refuse(ice.tlsRoots != new.ice.tlsRoots, "ice.tlsRoots")
        try refuse(ice.pacTimer != new.ice.pacTimer, "ice.pacTimer")
        try refuse(ice.checkInterval != new.ice.checkInterval, "ice.checkInterval")
    }

    private func refuse(_ isChanged: Bool, _ member: String) throws(WebRTCError) {
        guard isChanged else { return }
        throw WebRTCError(
            .invalidModification,
            "setConfiguration: \(member) cannot be changed any more; begin with getConfiguration(), or make a new connection"
        )
    }
}
