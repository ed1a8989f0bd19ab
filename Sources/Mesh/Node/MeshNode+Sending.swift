internal import WebRTC

extension MeshNode {
    /// Sends a text to one peer, or to every connected one.
    ///
    /// Waits while a peer's buffer of 1 MiB is full; a peer that makes no room for ``MeshConfiguration/sendTimeout`` is
    /// disconnected, so that it holds up nobody for longer. Texts sent one after another arrive in that order at each peer.
    ///
    /// - Parameters:
    ///   - text: at most 32 KiB of UTF-8.
    ///   - peer: the receiver; nil for all.
    /// - Returns: how many peers the text was handed to.
    /// - Throws: `.textTooLong`, `.notConnected` when `peer` is not connected, `.peerTooSlow` or `.sendFailed` when one of
    ///   the peers did not take it (the others have), `.invalidState` when the node is not running.
    @discardableResult
    public func send(_ text: String, to peer: PeerID? = nil) async throws(MeshError) -> Int {
        guard text.utf8.count <= ChannelMessage.maximumTextBytes else {
            throw MeshError(
                .textTooLong, "the text has \(text.utf8.count) bytes; \(ChannelMessage.maximumTextBytes) are allowed")
        }
        guard core.state != .disconnected else { throw MeshError(.invalidState, "the node is not running") }
        let targets = core.openLinks.filter { peer == nil || $0.peer == peer }
        if let peer, targets.isEmpty {
            throw MeshError(.notConnected, "no data channel to \(peer) is open; see connectedPeers")
        }
        let wire = (peer == nil ? ChannelMessage.chat(text) : .direct(text)).serialized()
        var full: [PeerLink] = []
        var sent = 0
        var failure: MeshError?
        for target in targets {
            guard let link = links[target.link] else { continue }
            do throws(WebRTCError) {
                try link.trySend(wire)
                sent += 1
            } catch {
                if error.code == .operation { full.append(link) } else { failure = Self.failure(link, error) }
            }
        }
        for outcome in await Self.wait(full, for: wire, timeout: configuration.sendTimeout) {
            if let outcome { failure = outcome } else { sent += 1 }
        }
        statistics.textsSent += sent
        if let failure { throw failure }
        return sent
    }

    /// Returns when all that was sent has left this machine's buffers, or after the time given.
    public func flush(timeout: Duration = .seconds(5)) async {
        let open = core.openLinks.compactMap { links[$0.link] }
        let (signal, done) = AsyncStream.makeStream(of: Void.self)
        // Not a task group, which would wait for the slower of the two.
        let timer = Task { () -> Void in
            try? await Task.sleep(for: timeout)
            done.finish()
        }
        spawn {
            for link in open { await link.flushed() }
            done.finish()
        }
        for await _ in signal {}
        timer.cancel()
    }

    /// Figures of the node and its links.
    public func stats() async -> MeshStatistics {
        var result = statistics
        result.ignored = core.ignoredMessages
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

    /// Waits for room at all of them at once; one outcome each, nil for success.
    private static func wait(_ links: [PeerLink], for wire: String, timeout: Duration) async -> [MeshError?] {
        guard !links.isEmpty else { return [] }
        return await withTaskGroup(of: MeshError?.self) { group in
            for link in links { group.addTask { await send(wire, over: link, timeout: timeout) } }
            var outcomes: [MeshError?] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }

    private static func send(_ wire: String, over link: PeerLink, timeout: Duration) async -> MeshError? {
        let deadline = Task {
            guard (try? await Task.sleep(for: timeout)) != nil else { return false }
            link.close(because: "the peer took nothing for \(timeout)")
            return true
        }
        do throws(WebRTCError) {
            try await link.send(wire)
            deadline.cancel()
            return nil
        } catch {
            deadline.cancel()
            if await deadline.value {
                return MeshError(.peerTooSlow, "\(link.peer) took nothing for \(timeout) and was disconnected")
            }
            return failure(link, error)
        }
    }

    private static func failure(_ link: PeerLink, _ error: WebRTCError) -> MeshError {
        MeshError(.sendFailed, "the text did not reach \(link.peer): \(error.message)")
    }
}
