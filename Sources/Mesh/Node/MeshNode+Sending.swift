internal import JSEP
internal import Synchronization
internal import WebRTC

extension MeshNode {
    /// Sends a text to one peer, or to every connected one.
    ///
    /// Waits while a peer's buffer of 1 MiB is full; a peer that makes no room for
    /// ``MeshConfiguration/sendTimeout`` is disconnected, so that it holds up nobody for longer.
    /// Texts sent one after another arrive in that order at each peer.
    ///
    /// - Parameters:
    ///   - text: at most 32 KiB of UTF-8.
    ///   - peer: the receiver; nil for all.
    /// - Returns: how many peers the text was handed to; those that go meanwhile are not counted.
    /// - Throws: `.textTooLong`, `.notConnected` when `peer` is not connected, `.peerTooSlow` or
    ///   `.sendFailed` when one of the peers did not take it (the others have), `.invalidState`
    ///   when the node is not running.
    @discardableResult
    public func send(_ text: String, to peer: PeerID? = nil) async throws(MeshError) -> Int {
        guard text.utf8.count <= ChannelMessage.maximumTextBytes else {
            throw MeshError(
                .textTooLong, "the text has \(text.utf8.count) bytes; \(ChannelMessage.maximumTextBytes) are allowed")
        }
        guard core.state != .disconnected else { throw MeshError(.invalidState, "the node is not running") }
        let targets = core.openLinks.filter { peer == nil || $0.peer == peer }
        if let peer, targets.isEmpty {
            throw MeshError(.notConnected, "no data channel to \(core.name(of: peer)) is open; see connectedPeers")
        }
        let wire = (peer == nil ? ChannelMessage.chat(text) : .direct(text)).serialized()
        var full: [Target] = []
        var sent = 0
        var failure: MeshError?
        for target in targets {
            guard let link = links[target.link] else { continue }
            do throws(WebRTCError) {
                try link.trySend(wire)
                sent += 1
                noteSent(to: target.peer, link: target.link)
            } catch {
                let target = Target(link: link, number: target.link, name: core.name(of: target.peer))
                if error.code == .operation {
                    full.append(target)
                } else if error.code != .invalidState {  // which is a peer that is gone
                    failure = Self.failure(target, error)
                }
            }
        }
        for outcome in await Self.wait(full, for: wire, timeout: configuration.sendTimeout) {
            switch outcome {
            case .sent(let peer, let link):
                sent += 1
                noteSent(to: peer, link: link)
            case .gone: break
            case .failed(let error): failure = error
            }
        }
        statistics.textsSent += sent
        if let failure { throw failure }
        if let peer, sent == 0 { throw MeshError(.notConnected, "\(core.name(of: peer)) has just gone") }
        return sent
    }

    private func noteSent(to peer: PeerID, link: UInt64) {
        if !core.knowsOfTexts(to: peer, link: link) { take(.textSent(peer, link: link)) }
    }

    private struct Target {
        var link: PeerLink
        var number: UInt64
        var name: String
    }

    private enum SendOutcome {
        case sent(PeerID, link: UInt64), gone, failed(MeshError)
    }

    /// Returns when all that was sent has left this machine's buffers, or after the time given;
    /// whether it has.
    @discardableResult
    public func flush(timeout: Duration = .seconds(5)) async -> Bool {
        let open = core.openLinks.compactMap { links[$0.link] }
        let (signal, done) = AsyncStream.makeStream(of: Void.self)
        // Not a task group, which would wait for the slower of the two.
        let timer = Task { () -> Void in
            try? await Task.sleep(for: timeout)
            done.finish()
        }
        let isFlushed = Mutex(false)
        spawn {
            for link in open { await link.flushed() }
            isFlushed.withLock { $0 = true }
            done.finish()
        }
        for await _ in signal {}
        timer.cancel()
        return isFlushed.withLock { $0 }
    }

    /// Figures of the node and its links.
    public func stats() async -> MeshStatistics {
        var result = statistics
        result.ignored = core.ignoredMessages
        result.keptOut = groupWatch.count
        result.state = state.statistics
        for peer in core.peerList where peer.isConnected {
            guard let number = core.openLinks.first(where: { $0.peer == peer.id })?.link, let link = links[number]
            else { continue }
            let report = await link.stats()
            result.links.append(
                MeshStatistics.Link(
                    peer: peer, bytesSent: report.transport?.bytesSent ?? 0,
                    bytesReceived: report.transport?.bytesReceived ?? 0,
                    roundTripMilliseconds: report.selectedCandidatePair?.currentRoundTripTime.map { $0 * 1000 },
                    bufferedAmount: link.bufferedAmount))
        }
        return result
    }

    /// Waits for room at all of them at once.
    private static func wait(_ targets: [Target], for wire: String, timeout: Duration) async -> [SendOutcome] {
        guard !targets.isEmpty else { return [] }
        return await withTaskGroup(of: SendOutcome.self) { group in
            for target in targets { group.addTask { await send(wire, to: target, timeout: timeout) } }
            var outcomes: [SendOutcome] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }

    private static func send(_ wire: String, to target: Target, timeout: Duration) async -> SendOutcome {
        let deadline = Task {
            guard (try? await Task.sleep(for: timeout)) != nil else { return false }
            target.link.close(because: "it took nothing for \(timeout)")
            return true
        }
        do throws(WebRTCError) {
            try await target.link.send(wire)
            deadline.cancel()
            return .sent(target.link.peer, link: target.number)
        } catch {
            deadline.cancel()
            if await deadline.value {
                return .failed(
                    MeshError(.peerTooSlow, "\(target.name) took nothing for \(timeout) and was disconnected"))
            }
            return error.code == .invalidState || target.link.isOver ? .gone : .failed(failure(target, error))
        }
    }

    private static func failure(_ target: Target, _ error: WebRTCError) -> MeshError {
        MeshError(.sendFailed, "the text did not reach \(target.name): \(error.message)")
    }
}
