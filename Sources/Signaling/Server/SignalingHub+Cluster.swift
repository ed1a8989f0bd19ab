internal import Foundation
internal import Logging
internal import NIOCore

/// A hub among others: what it tells them, and what they say.
extension SignalingHub {
    /// Joins the cluster.
    ///
    /// - Parameter node: this server's name there.
    func join(_ backplane: any SignalingBackplane, as node: String) -> @Sendable (BackplaneEvent) -> Void {
        self.backplane = backplane
        core.cluster = Cluster(
            name: node, wallClock: UInt64(clamping: Int(Date().timeIntervalSince1970 * 1e9)), now: now,
            firstAlias: 1 << 62)
        let (bound, loop) = (NIOLoopBound(self, eventLoop: loop), loop)
        return { event in loop.execute { bound.value.heard(event) } }
    }

    private func heard(_ event: BackplaneEvent) {
        switch event {
        case .connected:
            logger.info("the other servers of the cluster can be reached")
            perform(core.clusterConnected(now: now))
        case .degraded(let reason):
            logger.warning(
                "degraded: the other servers of the cluster are out of reach; what is here goes on",
                metadata: ["reason": "\(reason)"])
            core.clusterLost()
        case .message(let bytes): perform(core.heard(bytes, now: now))
        case .undelivered(let bytes): perform(core.undelivered(envelope: bytes))
        }
    }

    /// Tells another node something, or all.
    ///
    /// - Returns: what follows where that is not possible.
    func tell(
        _ node: String?, _ frame: ClusterFrame, by sender: SocketID?
    ) -> [SignalingServerCore.Output] {
        guard let backplane, core.cluster?.connectedSince != nil,
            let bytes = core.cluster?.envelope(frame, to: node).bytes, backplane.send(bytes, to: node)
        else { return core.untold(frame, by: sender) }
        return []
    }

    /// The place of a socket is at another node now.
    func cut(_ id: SocketID) {
        sockets.removeValue(forKey: id)?.cut(code: 4409, reason: "another connection has this place now")
    }

    /// Says that nobody is here any more.
    func leaveCluster() {
        guard backplane != nil else { return }
        _ = tell(nil, .leaving, by: nil)
        core.cluster = nil
    }

    /// Whether the other servers can be reached; true where there are none.
    var reachesCluster: Bool { core.cluster == nil || core.cluster?.connectedSince != nil }
}
