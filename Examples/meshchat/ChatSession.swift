import GroupKeys
import Mesh

/// One run of the chat: events go out, lines come in, until the input ends, `/quit`, or a signal.
actor ChatSession {
    /// How long, once the first peer is here, the others may take to be.
    private static let gathering = Duration.seconds(1)

    private(set) var node: MeshNode
    let output: any ChatOutput
    /// Lines of a pipe wait for somebody to read them; a person is told that there is nobody.
    let isPatient = !StandardInput.isTerminal
    var outbox = Outbox()
    var company = Company()
    var losses = Losses()
    private let usesServer: Bool
    private let make: @Sendable (GroupKey) -> MeshNode
    private var showing: [Task<Void, Never>] = []
    private var failure: String?
    private let failed: AsyncStream<Never>
    private let fails: AsyncStream<Never>.Continuation

    /// - Parameters:
    ///   - usesServer: whether a given server, without which nothing can work, stands in for
    ///     discovery.
    ///   - make: A node for another group.
    init(
        node: MeshNode, output: any ChatOutput, usesServer: Bool, make: @escaping @Sendable (GroupKey) -> MeshNode
    ) {
        self.node = node
        self.output = output
        self.usesServer = usesServer
        self.make = make
        (failed, fails) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingOldest(1))
    }

    /// Runs to the end; the node has left when this returns.
    func run() async throws(MeshError) -> Outcome {
        let isEdited = StandardInput.canEdit && output is TerminalOutput && Console.standard.startEditing()
        defer { Console.standard.stopEditing() }
        let signals = ProcessSignals()
        try await begin()
        let ends = [signals.first, Console.standard.breakage, failed]
        await withTaskGroup { group in
            group.addTask { await self.converse(isEdited: isEdited) }
            for end in ends { group.addTask { for await _ in end {} } }
            await group.next()
            group.cancelAll()
        }
        output.end()
        let unconfirmed = await node.stop()
        for task in showing { await task.value }
        return await conclude(unconfirmed)
    }

    /// Starts the node, and shows what becomes of it.
    private func begin() async throws(MeshError) {
        let events = node.events
        try await node.start()
        // Not on this actor: a reader of the output that pauses must not keep a signal from being
        // taken.
        let screen = output
        showing.append(
            Task.detached {
                for await event in events {
                    screen.show(event)
                    await self.note(event)
                }
            })
    }

    /// Leaves, and joins the group with this key.
    func join(_ key: GroupKey) async {
        await node.stop()
        node = make(key)
        do throws(MeshError) {
            try await begin()
        } catch {
            output.show(problem: error.message)
        }
    }

    private func conclude(_ unconfirmed: [MeshPeer]) async -> Outcome {
        if let failure {
            output.show(problem: failure)
            return .failed
        }
        guard isPatient else { return .good }
        let unsent = outbox.unsent
        if unsent > 0 {
            let reason = company.isHere ? "the chat was ended" : "nobody came"
            output.show(problem: "\(reason); \(unsent) \(unsent == 1 ? "line was" : "lines were") not sent")
            return company.isHere ? .uncertain : .nobodyCame
        }
        if losses.sentAny {
            for name in await node.lostConnections { losses.note("the connection to \(name) ended first") }
            for peer in unconfirmed { losses.note("\(peer.displayName) did not read everything in time") }
        }
        guard let reason = losses.reason else { return .good }
        output.show(problem: "somebody may have missed lines: \(reason)")
        return .uncertain
    }

    // MARK: Events

    private func note(_ event: MeshEvent) {
        switch event {
        case .peerListChanged(let peers): note(peers)
        case .leaderChanged(let status): if status.leaderID != nil { company.hasMetServer = true }
        case .connectionStateChanged(.error(let reason)):
            // A server that was there once may come back, and the channels stay; one that never was
            // is a mistake.
            guard usesServer, !company.hasMetServer else { return }
            failure = "the server of --signal cannot be used: \(reason)"
            fails.finish()
        case .started, .message, .connectionStateChanged, .notice: break
        }
    }

    /// Lines wait until everyone who is known is connected, or the first has been for a second.
    private func note(_ peers: [MeshPeer]) {
        if !peers.isEmpty { company.hasMetServer = true }
        let isAlone = !peers.contains(where: \.isConnected)
        if isAlone { return company.leave() }
        guard !company.isHere else { return company.change() }
        if peers.allSatisfy(\.isConnected) { return company.arrive() }
        guard let number = company.beginGathering() else { return }
        Task {
            try? await Task.sleep(for: Self.gathering)
            company.endGathering(number)
        }
    }
}
