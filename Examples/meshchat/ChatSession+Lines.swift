import Mesh

extension ChatSession {
    /// How long the lines of a pipe wait for somebody after the pipe has ended, and a text to one
    /// peer for that peer.
    private static let grace = Duration.seconds(5)

    func converse(isEdited: Bool) async {
        if StandardInput.isNull {
            let (never, _) = AsyncStream.makeStream(of: Never.self)
            for await _ in never {}
            return
        }
        let sending = Task { await self.sendTexts() }
        await withTaskCancellationHandler {
            let input = StandardInput(isEdited: isEdited)
            for await line in input.lines {
                input.took()
                if await take(line) == false { break }
            }
            outbox.finish()
            let limit = isPatient ? Task { await self.giveUpWhenNobodyComes() } : nil
            await sending.value
            limit?.cancel()
            if !Task.isCancelled, await node.flush(timeout: node.configuration.leaveTimeout) == false {
                losses.note("not all could be sent in time")
            }
        } onCancel: {
            sending.cancel()
        }
    }

    /// Ends the wait of what is left when nobody has been there for a while.
    private func giveUpWhenNobodyComes() async {
        while !Task.isCancelled {
            if company.isHere {
                await companyChange()
            } else {
                let before = company.departures
                try? await Task.sleep(for: Self.grace)
                guard !company.isHere, company.departures == before, !Task.isCancelled else { continue }
                outbox.giveUp()
                return company.change()
            }
        }
    }

    private func take(_ line: StandardInput.Line) async -> Bool {
        switch line {
        case .text(let text): return await take(ChatLine(text))
        case .tooLong(let beginning):
            losses.note("a line was too long")
            output.show(problem: "the line that begins \"\(beginning)\" is too long to be sent; 32 KiB are allowed")
            return true
        }
    }

    /// Does what a line says; false when it says to end.
    private func take(_ line: ChatLine) async -> Bool {
        switch line {
        case .nothing: break
        case .quit: return false
        case .help: output.showHelp()
        case .key: output.show(key: node.configuration.groupKey)
        case .join(let key): await join(key)
        case .hint(let text): output.show(problem: text)
        case .peers: output.show(peers: await node.peers)
        case .leader: output.show(leader: await node.leaderStatus, peers: await node.peers)
        case .stats: output.show(statistics: await node.stats())
        case .direct(let name, let text): await add(.one(name: name, text))
        case .text(let text):
            guard !isPatient, !company.isConnected else {
                await add(.all(text))
                break
            }
            output.show(problem: "nobody is here; the line was not sent")
        }
        return true
    }

    /// Waits for room, so that a pipe's writer waits.
    private func add(_ text: Outbox.Text) async {
        while outbox.isFull, !outbox.isGivenUp, !Task.isCancelled {
            for await _ in outbox.nextChange() {}
        }
        outbox.add(text)
    }

    // MARK: Sending

    private func sendTexts() async {
        while !outbox.isGivenUp, !Task.isCancelled {
            let isDone: Bool
            switch outbox.first {
            case .all(let text): isDone = await send(text)
            case .one(let name, let text): isDone = await send(text, toPeerNamed: name)
            case nil:
                if outbox.isFinished { return }
                for await _ in outbox.nextChange() {}
                continue
            }
            // Also when a signal comes meanwhile: what was handed over counts as sent.
            if isDone { outbox.removeFirst() }
        }
    }

    private func companyChange() async {
        for await _ in company.nextChange() {}
    }

    /// Sends to everybody, and, from a pipe, waits for the first. False when it was given up
    /// before: the text is left over.
    private func send(_ text: String) async -> Bool {
        while !outbox.isGivenUp, !Task.isCancelled {
            if isPatient, !company.isHere {
                await companyChange()
                continue
            }
            let before = company.version
            losses.sentAny = true
            do throws(MeshError) {
                if try await node.send(text) > 0 { return true }
            } catch {
                return lose(error.message)
            }
            guard isPatient else {
                output.show(problem: "nobody is here; the line was not sent")
                return true
            }
            // Nobody took it, though somebody was here a moment ago: the news of that is on its
            // way.
            if before == company.version { await companyChange() }
        }
        return false
    }

    private func send(_ text: String, toPeerNamed name: String) async -> Bool {
        let deadline = ContinuousClock.now + Self.grace
        while !outbox.isGivenUp, !Task.isCancelled {
            let peers = await node.connectedPeers
            switch PeerSearch(name, in: peers) {
            case .found(let peer): return await send(text, to: peer)
            case .several(let names):
                return lose(
                    "\(name) may be \(names); type more of the name, or an id from /peers",
                    because: "\(name) is not the name of one")
            case .nobody:
                let isLate = company.isHere && ContinuousClock.now >= deadline
                guard isPatient, !isLate else {
                    return lose(
                        "nobody named \(name) is connected; /peers lists names and ids", because: "\(name) is not here")
                }
                await waitForNews(until: deadline)
            }
        }
        return false
    }

    private func send(_ text: String, to peer: MeshPeer) async -> Bool {
        losses.sentAny = true
        do throws(MeshError) {
            try await node.send(text, to: peer.id)
            output.show(sent: text, to: peer)
            return true
        } catch {
            return lose(error.message)
        }
    }

    /// Says that a text cannot be sent. Always true: it is done with, and not tried again.
    private func lose(_ problem: String, because reason: String? = nil) -> Bool {
        losses.note(reason ?? problem)
        output.show(problem: problem)
        return true
    }

    /// Returns when somebody comes or goes; with company at the deadline at the latest.
    private func waitForNews(until deadline: ContinuousClock.Instant) async {
        let timer = Task {
            try? await Task.sleep(until: deadline, clock: .continuous)
            company.change()
        }
        await companyChange()
        timer.cancel()
    }
}
