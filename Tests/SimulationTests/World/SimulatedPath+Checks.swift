import NetworkLoop
import TransportTypes

@testable import ICE

// Connectivity checks, nomination and consent (RFC 8445 §7, §8; RFC 7675).
extension SimulatedPath {
    /// Between two checks of a pair, two looks at a pair in use, and two at one that is silent.
    private static let pace = Duration.milliseconds(50)
    private static let consentPace = Duration.seconds(5)
    private static let silentPace = Duration.milliseconds(500)
    /// How long an answer may be overdue before the peer counts as silent.
    private static let silence = Duration.seconds(7)

    func startChecks() {
        guard !network.isDead, base != nil, remoteCredentials != nil, !remotePorts.isEmpty else { return armDeadline() }
        armDeadline()
        if !status.isSelected || status.isRestarting { status.apply(.connecting) }
        refresh()
        look()
    }

    /// The PAC timer (RFC 8863 §3).
    private func armDeadline() {
        guard !network.isDead, remoteCredentials != nil, deadline == nil else { return }
        deadline = loop.now + configuration.pacTimer
        if checkTimer?.isActive != true { plan(Self.pace) }
    }

    private func plan(_ delay: Duration) {
        checkTimer?.cancel()
        checkTimer = loop.schedule(after: delay) { [weak self] in self?.look() }
    }

    /// Checks what is to be checked now, and plans the next look.
    private func look() {
        guard base != nil else { return }
        let isSearching = !status.isSelected || status.isRestarting
        if isSearching, let deadline, loop.now >= deadline {
            self.deadline = nil
            status.apply(.failed)
            refresh()
            return
        }
        if isSearching, let base, remoteCredentials != nil {
            for port in remotePorts {
                check(port, from: base, nominates: role == .controlling && answered.contains(port))
            }
        }
        guard let pair else { return plan(Self.pace) }
        let overdue = loop.now - lastAnswer
        if overdue >= configuration.consentExpiry {
            if pair.base.port == base?.port {
                status.expire()
                refresh()
                return
            }
        } else if overdue >= Self.silence, pair.base.port == base?.port {
            status.isSilent = true
            refresh()
        }
        guard base != nil else { return }
        if !isSearching { check(pair.remotePort, from: pair.base, to: pair.remote, nominates: role == .controlling) }
        plan(isSearching ? Self.pace : overdue > Self.consentPace ? Self.silentPace : Self.consentPace)
    }

    private func check(_ port: UInt16, from base: Base, to remote: ICECredentials? = nil, nominates: Bool) {
        guard let remote = remote ?? remoteCredentials else { return }
        let check = SimulatedNetwork.Check(
            id: network.newID(), from: base.credentials, to: remote, role: role, tieBreaker: tieBreaker,
            nominates: nominates)
        if pending.count > 64 { pending = [:] }
        pending[check.id] = (port, base.credentials.usernameFragment, nominates)
        network.send(.check(check), from: base.port, to: port)
    }

    // MARK: What comes

    func receive(_ packet: SimulatedNetwork.Packet, at port: UInt16, from: UInt16) {
        guard base != nil else { return }
        switch packet {
        case .check(let check): answer(check, at: port, from: from)
        case .answer(let id): didAnswer(id)
        case .conflict(let id):
            guard pending.removeValue(forKey: id) != nil else { return }
            role = role == .controlling ? .controlled : .controlling
            look()
        case .data(let bytes):
            statistics.packetsReceived += 1
            statistics.bytesReceived += UInt64(bytes.count)
            statistics.lastReceived = loop.now
            delegate?.path(didReceive: bytes.span, segmentSize: max(1, bytes.count))
        }
    }

    private func answer(_ check: SimulatedNetwork.Check, at port: UInt16, from: UInt16) {
        // Whoever does not know the password is not answered.
        guard let target = known(port), target.credentials == check.to else { return }
        guard port == base?.port else { return network.send(.answer(check.id), from: port, to: from) }
        if check.role == role {
            if tieBreaker >= check.tieBreaker {
                return network.send(.conflict(check.id), from: port, to: from)
            }
            role = role == .controlling ? .controlled : .controlling
        }
        network.send(.answer(check.id), from: port, to: from)
        if let remoteCredentials {
            if remoteCredentials == check.from { heed(check, from: from) }
        } else if let count = base?.early.count, count < 16 {
            base?.early.append((from, check))
        }
    }

    /// A check of the peer whose credentials we know.
    func heed(_ check: SimulatedNetwork.Check, from port: UInt16) {
        let isNew = !remotePorts.contains(port)
        if isNew { remotePorts.append(port) }
        if check.nominates, role == .controlled {
            nominated = port
            if answered.contains(port) { select(port) }
        }
        if isNew || !answered.contains(port) { startChecks() }
    }

    private func didAnswer(_ id: Int) {
        guard let sent = pending.removeValue(forKey: id) else { return }
        if let pair, sent.generation == pair.base.credentials.usernameFragment, sent.port == pair.remotePort {
            lastAnswer = loop.now
            if pair.base.port == base?.port, status.isSilent {
                status.isSilent = false
                refresh()
            }
        }
        guard sent.generation == base?.credentials.usernameFragment else { return }
        let isFirst = answered.insert(sent.port).inserted
        guard !status.isSelected || status.isRestarting else { return }
        if role == .controlled {
            if nominated == sent.port { select(sent.port) }
        } else if sent.nominates {
            select(sent.port)
        } else if isFirst, let base {
            check(sent.port, from: base, nominates: true)
        }
    }
}
