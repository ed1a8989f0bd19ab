import Mesh

/// One run of the chat: events go out, lines come in, until the input ends, `/quit`, or a signal.
actor ChatSession {
    /// Lines that wait for the first peer; more are refused.
    private static let backlog = 1000
    /// How long, once the first peer is here, the others may take to be.
    private static let gathering = Duration.seconds(1)
    /// How long the lines of a pipe wait for a first peer after the pipe has ended.
    private static let grace = Duration.seconds(5)

    /// Everything typed for others takes one way, so that it arrives in the order in which it was typed.
    private enum Outgoing {
        case all(String)
        case one(name: String, String)
    }

    private let node: MeshNode
    private let output: any ChatOutput
    private let texts: AsyncStream<Outgoing>
    private let feed: AsyncStream<Outgoing>.Continuation
    /// Ends when there is somebody to talk to.
    private let company: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation
    private var hasCompany = false
    private var isGathering = false
    private var unsent = 0

    init(node: MeshNode, output: any ChatOutput) {
        self.node = node
        self.output = output
        (texts, feed) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.backlog))
        (company, arrival) = AsyncStream.makeStream()
    }

    /// Runs to the end; the node has left when this returns.
    func run() async throws(MeshError) {
        let events = node.events
        try await node.start()
        let showing = Task {
            for await event in events {
                output.show(event)
                if case .peerListChanged(let peers) = event { self.note(peers) }
            }
        }
        let signals = TerminationSignals()
        let termination = signals.first
        await withTaskGroup { group in
            group.addTask { await self.converse() }
            group.addTask { for await _ in termination {} }
            await group.next()
            group.cancelAll()
        }
        output.end()
        await node.stop()
        signals.cancel()
        await showing.value
    }

    // MARK: Company

    /// Lines wait until everyone who is known is connected, or the first has been for a second.
    private func note(_ peers: [MeshPeer]) {
        guard !hasCompany, peers.contains(where: \.isConnected) else { return }
        if peers.allSatisfy(\.isConnected) { return startTalking() }
        guard !isGathering else { return }
        isGathering = true
        Task {
            try? await Task.sleep(for: Self.gathering)
            self.startTalking()
        }
    }

    private func startTalking() {
        hasCompany = true
        arrival.finish()
    }

    // MARK: Lines

    private func converse() async {
        if StandardInput.isNull {
            let (never, _) = AsyncStream.makeStream(of: Void.self)
            for await _ in never {}
            return
        }
        let sending = Task { await self.sendTexts() }
        let input = StandardInput()
        for await line in input.lines {
            input.took()
            if await take(ChatLine(line)) == false { break }
        }
        feed.finish()
        guard !Task.isCancelled, unsent > 0 else { return sending.cancel() }
        let limit = Task {
            if !hasCompany { try? await Task.sleep(for: Self.grace) }
            if !hasCompany { sending.cancel() }
        }
        await sending.value
        limit.cancel()
        if unsent > 0 { output.show(problem: "nobody came; \(unsent) lines were not sent") }
        await node.flush()
    }

    private func sendTexts() async {
        for await _ in company {}
        for await text in texts {
            switch text {
            case .all(let text): await send(text)
            case .one(let name, let text): await send(text, toPeerNamed: name)
            }
            unsent -= 1
        }
    }

    private func send(_ text: String) async {
        do throws(MeshError) {
            if try await node.send(text) == 0 { output.show(problem: "nobody is connected; the line was not sent") }
        } catch {
            output.show(problem: error.message)
        }
    }

    /// Does what a line says; false when it says to end.
    private func take(_ line: ChatLine) async -> Bool {
        switch line {
        case .nothing: break
        case .quit: return false
        case .help: output.showHelp()
        case .hint(let text): output.show(problem: text)
        case .peers: output.show(peers: await node.peers)
        case .leader: output.show(leader: await node.leaderStatus, peers: await node.peers)
        case .stats: output.show(statistics: await node.stats())
        case .direct(let name, let text):
            if hasCompany { queue(.one(name: name, text)) } else { await send(text, toPeerNamed: name) }
        case .text(let text):
            if StandardInput.isTerminal, !hasCompany {
                output.show(problem: "nobody is here yet; the line was not sent")
            } else {
                queue(.all(text))
            }
        }
        return true
    }

    private func queue(_ outgoing: Outgoing) {
        if case .dropped = feed.yield(outgoing) {
            output.show(problem: "\(Self.backlog) lines wait to be sent; this one was not kept")
        } else {
            unsent += 1
        }
    }

    private func send(_ text: String, toPeerNamed name: String) async {
        let peers = await node.connectedPeers
        var found = peers.filter { $0.displayName == name }
        if found.isEmpty { found = peers.filter { $0.displayName.lowercased() == name.lowercased() } }
        if found.isEmpty { found = peers.filter { $0.id.text.lowercased().hasPrefix(name.lowercased()) } }
        guard let peer = found.first, found.count == 1 else {
            let reason = found.isEmpty ? "nobody named \(name) is connected" : "several are named \(name): use an id"
            return output.show(problem: "\(reason); /peers lists names and ids")
        }
        do throws(MeshError) {
            try await node.send(text, to: peer.id)
            output.show(sent: text, to: peer)
        } catch {
            output.show(problem: error.message)
        }
    }
}
