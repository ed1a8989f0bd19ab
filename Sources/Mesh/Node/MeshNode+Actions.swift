internal import AsyncQueues
internal import GroupKeys
internal import JSEP
internal import Logging
internal import WebRTC

extension MeshNode {
    /// Does what the core decided. What takes time runs in a task and comes back as an input.
    func perform(_ action: MeshAction) {
        switch action {
        case .startServer: startServer()
        case .stopServer: spawn { await self.server.stop() }
        case .nameLeader(let leader): spawn { await self.server.nameLeader(leader) }
        case .browse: spawn { await self.browse() }
        case .advertise(let port): advertise(port: port)
        case .stopDiscovery: spawn { await self.discovery.stop() }
        case .connectSignaling(let attempt, let urls): connectSignaling(attempt, urls: urls)
        case .disconnectSignaling(let attempt): disconnectSignaling(attempt)
        case .probeServer(let peer, let urls): probe(peer, urls: urls)
        case .openLink(let peer, let link, let sameHost): startLink(peer, link, as: .offerer, sameHost: sameHost)
        case .acceptLink(let peer, let link, let offer, let sameHost):
            startLink(peer, link, as: .answerer(offer: offer), sameHost: sameHost)
        case .applyOffer(_, let link, let sdp):
            links[link]?.deliver(.description(SessionDescription(type: .offer, sdp: sdp)))
        case .applyAnswer(_, let link, let sdp):
            links[link]?.deliver(.description(SessionDescription(type: .answer, sdp: sdp)))
        case .addCandidate(_, let link, let candidate):
            links[link]?.deliver(.candidate(candidate.map(ICECandidateInit.init)))
        case .closeLink(_, let link): links[link]?.close(because: "this node closed the link")
        case .send(let peer, let link, let message): say(message, to: peer, link: link)
        case .emit(let event): emit(event)
        case .left: finishLeaving()
        }
    }

    private func emit(_ event: MeshEvent) {
        if case .message = event { statistics.textsReceived += 1 }
        hub.send(event)
    }

    // MARK: The node's own server

    private func startServer() {
        let port = configuration.port
        spawn {
            do throws(MeshError) {
                let bound = try await self.server.start(port: port)
                await self.take(.serverStarted(port: bound))
                if bound != port, port != 0 { await self.tell(ofTaken: port, insteadOf: bound) }
            } catch {
                await self.take(.serverFailed(error.message))
            }
        }
    }

    private func tell(ofTaken port: UInt16, insteadOf bound: UInt16) {
        hub.send(
            .notice(
                "port \(port) is taken by another program, so signaling uses port \(bound). Others find it all the same, "
                    + "unless a firewall lets only \(port) pass: then end that program, or choose another port"))
    }

    // MARK: Discovery

    private func browse() async {
        await discovery.browse { report in await self.take(report) }
    }

    private func take(_ report: DiscoveryReport) {
        switch report {
        case .seen(let name, let txt, _) where !isOfGroup(txt):
            note(.otherGroup(service: name))
            take(.serviceLost(name: name))
        case .seen(let name, let txt, let endpoint):
            guard let sighting = PeerSighting(txt: txt, endpoint: endpoint) else {
                configuration.logger.debug("a service without a valid peer_id is ignored")
                return
            }
            take(.serviceSeen(name: name, sighting))
        case .lost(let name): take(.serviceLost(name: name))
        case .notice(let text): hub.send(.notice(text))
        }
    }

    private func advertise(port: UInt16) {
        let own = core.configuration
        let announcement = PeerSighting(
            id: own.id, displayName: own.displayName, peerType: own.peerType, startedAt: own.startedAt,
            endpoint: ServerEndpoint(hosts: [], port: port, isSameHost: true))
        let name = ServiceDiscovery.instanceName(for: own.displayName, id: own.id)
        spawn {
            var txt = announcement.txt
            txt["group"] = self.configuration.groupKey?.advertisement
            let notice = await self.discovery.advertise(name: name, port: port, txt: txt)
            if let notice { self.hub.send(.notice(notice)) }
        }
    }
}
