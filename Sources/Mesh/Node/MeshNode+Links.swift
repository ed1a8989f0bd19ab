internal import AsyncQueues
internal import Discovery
internal import ICE
internal import JSEP
internal import Logging
internal import WebRTC

extension MeshNode {
    func startLink(_ peer: PeerID, _ number: UInt64, as role: PeerLink.Role, sameHost: Bool) {
        do throws(WebRTCError) {
            let link = try PeerLink(peer: peer, configuration: connectionConfiguration(sameHost: sameHost))
            links[number] = link
            spawn {
                let reason = await link.run(as: role) { event in await self.take(event, from: peer, link: number) }
                await self.endLink(number, peer, reason)
                await link.closed()
            }
        } catch {
            let reason = error.message
            spawn { await self.endLink(number, peer, reason) }
        }
    }

    private func endLink(_ number: UInt64, _ peer: PeerID, _ reason: String) {
        links[number] = nil
        stateLinks[number] = nil
        detachState(peer, link: number)
        configuration.logger.debug("a link ended", metadata: ["link": "\(number)", "reason": "\(reason)"])
        take(.linkClosed(peer, link: number, reason: reason))
    }

    private func take(_ event: PeerLink.Event, from peer: PeerID, link number: UInt64) async {
        switch event {
        case .signal(let local):
            guard links[number] != nil else { return }
            await signal(local, to: peer)
        case .opened:
            take(.linkOpened(peer, link: number))
            attachState(peer, link: number)
        case .stateOpened: openedState(peer, link: number)
        case .stateMessage(let text): takeState(text, from: peer, link: number)
        case .stateClosed: closedState(peer, link: number)
        case .message(let text):
            await hub.room()
            take(.channelText(peer, link: number, text ?? ""))
        }
    }

    /// Loopback candidates serve only peers on this machine, and are all there is in a container
    /// without a network.
    private func connectionConfiguration(sameHost: Bool) -> PeerConnection.Configuration {
        PeerConnection.Configuration(
            iceServers: configuration.iceServers,
            ice: ICESettings(
                includesLoopback: sameHost || HostNetwork.hasOnlyLoopback, localNames: LocalNameResolver.daemon),
            sendBufferLimit: 1 << 20, receiveBufferLimit: 256 << 10, unreadLimit: 4 << 20,
            sctp: SCTPSettings(sendBuffer: 1 << 20, receiveBuffer: 1 << 20))
    }

    /// Sends a message of the mesh itself. These are few and small: when even they find no room,
    /// the link is stuck.
    func say(_ message: ChannelMessage, to peer: PeerID, link number: UInt64) {
        guard let link = links[number] else { return }
        if case .ping = message {
            // It stands behind the texts, which may fill the buffer; there is never more than one.
            spawn { try? await link.send(message.serialized()) }
            return
        }
        do throws(WebRTCError) {
            try link.trySend(message.serialized())
        } catch {
            // What is said about leaders is said again.
            if case .election = message { return }
            link.close(because: error.message)
        }
    }
}
