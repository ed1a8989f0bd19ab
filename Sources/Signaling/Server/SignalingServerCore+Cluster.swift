// A socket of another node is a socket here too: its dialect knows it as any other, and what is
// sent to it goes to its node. Each node tells its own sockets who comes and goes.
extension SignalingServerCore {
    // MARK: Nodes

    /// The others can be reached from here on: they are asked who is there, and told who is here.
    mutating func clusterConnected(now: Duration) -> [Output] {
        cluster?.connectedSince = now
        return [tell(nil, .hello)] + snapshots(to: nil)
    }

    /// The others are out of reach. Who was there stays, for most of them still are.
    mutating func clusterLost() { cluster?.connectedSince = nil }

    /// Another node has said something, with an envelope.
    mutating func heard(_ bytes: [UInt8], now: Duration) -> [Output] {
        guard let envelope = ClusterEnvelope(bytes), let name = cluster?.name, envelope.node != name else { return [] }
        var outputs: [Output] = []
        if let known = cluster?.nodes[envelope.node], known.epoch != envelope.epoch {
            guard known.epoch < envelope.epoch else { return [] }
            outputs += drop(envelope.node, now: now)
        }
        let isNew = cluster?.nodes[envelope.node] == nil
        if isNew { cluster?.nodes[envelope.node] = .init(epoch: envelope.epoch, heard: now) }
        let arrival = cluster?.arrived(envelope, now: now) ?? .old
        guard arrival != .old else { return outputs }
        switch envelope.frame {
        case .snapshot, .hello, .leaving: break
        default: if isNew || arrival == .afterGap { outputs += ask(envelope.node, now: now) }
        }
        return outputs + apply(envelope.frame, from: envelope.node, now: now)
    }

    private mutating func ask(_ node: String, now: Duration) -> [Output] {
        guard let asked = cluster?.nodes[node]?.asked, now - asked >= .seconds(1) else { return [] }
        cluster?.nodes[node]?.asked = now
        return [tell(node, .hello)]
    }

    /// Carries out what a node has said.
    mutating func apply(_ frame: ClusterFrame, from node: String, now: Duration) -> [Output] {
        guard cluster?.nodes[node] != nil else { return [] }
        switch frame {
        case .alive: return []
        case .hello: return snapshots(to: node)
        case .leaving: return drop(node, now: now)
        case .snapshot(let places, let isFirst, let isLast):
            if isFirst {
                let known = cluster?.nodes[node].map { Set($0.aliases.keys) }
                cluster?.nodes[node]?.stale = known
            }
            var outputs: [Output] = []
            for place in places {
                cluster?.nodes[node]?.stale?.remove(place.id)
                outputs += take(place, of: node, now: now)
            }
            guard isLast, let stale = cluster?.nodes[node]?.stale else { return outputs }
            cluster?.nodes[node]?.stale = nil
            for id in stale.sorted() { outputs += gone(id, of: node, now: now) }
            return outputs
        case .present(let place):
            cluster?.nodes[node]?.stale?.remove(place.id)
            return take(place, of: node, now: now)
        case .away(let id): return away(id, of: node, now: now)
        case .gone(let ids): return ids.flatMap { gone($0, of: node, now: now) }
        case .moved(let oldNode, let oldID, let place):
            return moved(from: oldNode, oldID, to: node, place, now: now)
        case .deliver(let delivery): return deliver(delivery, from: node, now: now)
        case .say(let id, let dialect, let bytes): return said(bytes, dialect, by: id, of: node, now: now)
        }
    }

    /// A node is gone, and all its sockets with it.
    mutating func drop(_ node: String, now: Duration) -> [Output] {
        guard let known = cluster?.nodes[node] else { return [] }
        var outputs: [Output] = []
        for id in known.aliases.keys.sorted() { outputs += gone(id, of: node, now: now) }
        cluster?.nodes[node] = nil
        cluster?.forgetOwner(node)
        return outputs
    }

    /// Says that this node is there, and finds out who is not any more.
    mutating func tickCluster(now: Duration) -> [Output] {
        guard cluster != nil else { return [] }
        var outputs = (cluster?.silent(now: now) ?? []).flatMap { drop($0, now: now) }
        if cluster?.isAliveDue(now: now) == true { outputs.append(tell(nil, .alive)) }
        guard let known = cluster, known.hasRoomAgain, known.connectedSince != nil else { return outputs }
        let due = known.refused.filter { now - (known.nodes[$0]?.asked ?? .zero) >= .seconds(1) }
        for node in due.sorted() { outputs += ask(node, now: now) }
        cluster?.refused.subtract(due)
        cluster?.hasRoomAgain = due.count < known.refused.count
        return outputs
    }

    // MARK: Places of others

    private mutating func take(_ place: ClusterPlace, of node: String, now: Duration) -> [Output] {
        if let alias = cluster?.nodes[node]?.aliases[place.id] { return update(alias, place, of: node, now: now) }
        let opened = place.dialect.flatMap { name in dialects.firstIndex { $0.name == name && $0.spansServers } }
        let message = try? SignalingMessage(parsing: place.opening)
        var outputs: [Output] = []
        if let opened, let message, let holder = dialects[opened].holder(of: message) {
            cluster?.refused.insert(node)
            // Who is away has a name only while nobody else takes it.
            guard let rival = sockets[holder], !place.isAway else { return outputs }
            let holderNode = cluster?.remotes[holder]?.node ?? cluster?.name ?? ""
            guard (place.claim, node) < (rival.claim, holderNode) else { return [] }
            outputs += evict(holder, now: now)
        }
        guard let alias = cluster?.nextAlias() else { return [] }
        var socket = Socket(mayJoinRooms: true, opened: now, lastHeard: now, lastPinged: now)
        (socket.claim, socket.identity) = (place.claim, place.identity)
        sockets[alias] = socket
        adopt(alias, place, of: node)
        let who = SignalingSocket(id: alias, identity: place.identity, mayJoinRooms: true)
        var turn = SignalingTurn(now: now)
        if let opened, let message, (try? dialects[opened].open(message, from: who, in: &turn)) != nil {
            sockets[alias]?.dialect = opened
        }
        for index in dialects.indices
        where place.identified.contains(dialects[index].name) && dialects[index].spansServers {
            if (try? dialects[index].identified(who, in: &turn)) == true { sockets[alias]?.identified.append(index) }
        }
        outputs += settle(turn.outputs, from: alias)
        guard sockets[alias]?.isRegistered == true else {
            forget(alias)
            cluster?.refused.insert(node)
            return outputs
        }
        return place.isAway ? outputs + away(place.id, of: node, now: now) : outputs
    }

    /// A socket stands for a place of a node.
    private mutating func adopt(_ alias: SocketID, _ place: ClusterPlace, of node: String) {
        if let old = cluster?.remotes[alias] {
            cluster?.nodes[old.node]?.aliases[old.id] = nil
            cluster?.resumes[old.resume] = nil
        }
        cluster?.remotes[alias] = .init(
            node: node, id: place.id, claim: place.claim, isAway: false, resume: place.resume, opening: place.opening)
        cluster?.nodes[node]?.aliases[place.id] = alias
        if !place.resume.isEmpty { cluster?.resumes[place.resume] = alias }
    }

    private mutating func update(_ alias: SocketID, _ place: ClusterPlace, of node: String, now: Duration) -> [Output] {
        guard let remote = cluster?.remotes[alias], let state = sockets[alias] else { return [] }
        var turn = SignalingTurn(now: now)
        adopt(alias, place, of: node)
        if remote.isAway, !place.isAway { attach(alias, in: &turn) }
        if remote.opening != place.opening, let index = state.dialect,
            let message = try? SignalingMessage(parsing: place.opening), dialects[index].types.contains(message.type)
        {
            try? dialects[index].receive(message, from: alias, in: &turn)
        }
        let outputs = settle(turn.outputs, from: nil)
        guard place.isAway else { return outputs }
        guard !remote.isAway else {
            cluster?.remotes[alias]?.isAway = true
            return outputs
        }
        return outputs + away(place.id, of: node, now: now)
    }

    private mutating func away(_ id: SocketID, of node: String, now: Duration) -> [Output] {
        guard let alias = cluster?.nodes[node]?.aliases[id], cluster?.remotes[alias]?.isAway == false else { return [] }
        var turn = SignalingTurn(now: now)
        cluster?.remotes[alias]?.isAway = true
        let stays = detach(alias, in: &turn)
        let outputs = settle(turn.outputs, from: nil)
        if !stays { forget(alias) }
        return outputs
    }

    private mutating func gone(_ id: SocketID, of node: String, now: Duration) -> [Output] {
        guard let alias = cluster?.nodes[node]?.aliases[id] else { return [] }
        return leave(alias, now: now)
    }

    /// A socket that stands for another node's place goes.
    private mutating func leave(_ alias: SocketID, now: Duration) -> [Output] {
        guard let state = sockets[alias] else { return [] }
        var turn = SignalingTurn(now: now)
        for index in state.spoken.reversed() { dialects[index].leave(alias, in: &turn) }
        forget(alias)
        return settle(turn.outputs, from: nil)
    }

    /// Takes out a socket that stands for another node's place.
    mutating func forget(_ alias: SocketID) {
        sockets[alias] = nil
        cluster?.hasRoomAgain = true
        guard let remote = cluster?.remotes.removeValue(forKey: alias) else { return }
        cluster?.nodes[remote.node]?.aliases[remote.id] = nil
        cluster?.resumes[remote.resume] = nil
    }

    /// Somebody at another node has the same name, and had it before.
    private mutating func evict(_ holder: SocketID, now: Duration) -> [Output] {
        guard cluster?.remotes[holder] == nil else { return leave(holder, now: now) }
        let refusal = SignalingRefusal.inUse("another socket has had this name at another server for longer")
        return [.send(holder, refusal.reply.bytes), .close(holder, code: 4409, reason: refusal.message)]
            + closed(holder, now: now)
    }

    /// Whoever had a place of one node has it at another now.
    private mutating func moved(
        from oldNode: String, _ oldID: SocketID, to node: String, _ place: ClusterPlace, now: Duration
    ) -> [Output] {
        if oldNode == cluster?.name, let state = sockets[oldID], cluster?.remotes[oldID] == nil {
            let kept = state.mailbox?.messages ?? []
            if let resume = state.resume { resumes[resume] = nil }
            release(oldID, state)
            sockets[oldID]?.mailbox = nil
            sockets[oldID]?.resume = nil
            adopt(oldID, place, of: node)
            var turn = SignalingTurn(now: now)
            if state.mailbox != nil { attach(oldID, in: &turn) }
            for message in kept { turn.outputs.append(.send(oldID, message.bytes)) }
            return [.cut(oldID)] + settle(turn.outputs, from: nil)
        }
        guard let alias = cluster?.nodes[oldNode]?.aliases[oldID] else { return take(place, of: node, now: now) }
        let wasAway = cluster?.remotes[alias]?.isAway == true
        adopt(alias, place, of: node)
        guard wasAway else { return [] }
        var turn = SignalingTurn(now: now)
        attach(alias, in: &turn)
        return settle(turn.outputs, from: nil)
    }

    // MARK: Messages of others

    private mutating func deliver(_ delivery: ClusterFrame.Delivery, from node: String, now: Duration) -> [Output] {
        let sender = delivery.sender.flatMap { cluster?.nodes[node]?.aliases[$0] }
        if let about = delivery.about { cluster?.setOwner(of: about, node) }
        var outputs: [Output] = []
        for target in delivery.targets {
            if sockets[target] != nil {
                outputs.append(.send(target, delivery.bytes))
            } else if let sender {
                outputs += undelivered(delivery.bytes, by: sender, "the connection of the one it was for is gone")
            }
        }
        return settle(outputs, from: sender)
    }

    /// The other nodes could not be told.
    func untold(_ frame: ClusterFrame, by sender: SocketID?) -> [Output] {
        guard let sender, cluster?.remotes[sender] == nil else { return [] }
        let reason = "the one it was for is at a server that is out of reach; try again soon"
        return switch frame {
        case .deliver(let delivery): undelivered(delivery.bytes, by: sender, reason)
        case .say(_, _, let bytes): undelivered(bytes, by: sender, reason)
        default: []
        }
    }

    /// What this node has said may not have arrived.
    func undelivered(envelope bytes: [UInt8]) -> [Output] {
        guard let envelope = ClusterEnvelope(bytes), envelope.node == cluster?.name,
            envelope.epoch == cluster?.epoch
        else { return [] }
        return switch envelope.frame {
        case .deliver(let delivery): untold(envelope.frame, by: delivery.sender)
        case .say(let id, _, _): untold(envelope.frame, by: id)
        default: []
        }
    }

    private mutating func said(
        _ bytes: [UInt8], _ dialect: String, by id: SocketID, of node: String, now: Duration
    ) -> [Output] {
        guard let alias = cluster?.nodes[node]?.aliases[id], let message = try? SignalingMessage(parsing: bytes),
            let index = sockets[alias]?.spoken.first(where: { dialects[$0].name == dialect }),
            dialects[index].types.contains(message.type)
        else { return [] }
        var turn = SignalingTurn(now: now)
        turn.about = dialects[index].key(of: message).map { ClusterKey(dialect: dialect, key: $0) }
        do throws(SignalingRefusal) {
            try dialects[index].receive(message, from: alias, in: &turn)
        } catch {
            turn.send(error.reply, to: alias)
        }
        return settle(turn.outputs, from: alias, about: turn.about)
    }

    // MARK: Telling the others

    func tell(_ node: String?, _ frame: ClusterFrame, by sender: SocketID? = nil) -> Output {
        .tell(node, frame, by: sender)
    }

    /// Something about a socket of this node is to be told.
    mutating func note(_ news: Cluster.News) {
        guard cluster != nil else { return }
        if case .gone = news { cluster?.hasRoomAgain = true }
        if cluster?.news.contains(news) == false { cluster?.news.append(news) }
    }

    /// What the others have not been told yet.
    mutating func takeNews() -> [Output] {
        guard let news = cluster?.news, !news.isEmpty else { return [] }
        cluster?.news = []
        return news.compactMap { news in
            switch news {
            case .present(let id): place(of: id).map { tell(nil, .present($0)) }
            case .away(let id): tell(nil, .away(id))
            case .gone(let id): tell(nil, .gone([id]))
            case .moved(let id, let node, let old): place(of: id).map { tell(nil, .moved(node: node, id: old, $0)) }
            }
        }
    }

    private func place(of id: SocketID) -> ClusterPlace? {
        guard let state = sockets[id], state.isRegistered, cluster?.remotes[id] == nil else { return nil }
        var place = ClusterPlace(id: id, claim: state.claim, isAway: state.mailbox != nil, identity: state.identity)
        if let resume = state.resume { place.resume = Cluster.hash(resume) }
        if let index = state.dialect, dialects[index].spansServers {
            place.dialect = dialects[index].name
            place.opening = dialects[index].presence(of: id)?.bytes ?? []
        }
        place.identified = state.identified.filter { dialects[$0].spansServers }.map { dialects[$0].name }
        return place
    }

    private func snapshots(to node: String?) -> [Output] {
        let places = sockets.keys.sorted().compactMap { place(of: $0) }
        let size = Cluster.placesPerMessage
        return stride(from: 0, through: max(0, places.count - 1), by: size).map { start in
            let part = Array(places[start..<min(start + size, places.count)])
            return tell(node, .snapshot(part, isFirst: start == 0, isLast: start + size >= places.count))
        }
    }
}
