internal import StrictJSON

// A place outlives its connection for some time: whoever registers with the `resume` that he was
// given gets it back, and what was addressed to him meanwhile, once.
extension SignalingServerCore {
    // MARK: Away

    /// The connection of a socket has broken, or nobody is heard there any more.
    mutating func lost(_ socket: SocketID, now: Duration) -> [Output] {
        guard let state = sockets[socket], state.resume != nil, state.mailbox == nil, !state.isVerifying else {
            return closed(socket, now: now)
        }
        var turn = SignalingTurn(now: now)
        guard detach(socket, in: &turn) else {
            _ = take(socket)
            note(.gone(socket))
            return settle(turn.outputs, from: nil)
        }
        sockets[socket]?.mailbox = Mailbox(since: now)
        note(.away(socket))
        away.append(socket)
        var outputs = settle(turn.outputs, from: nil)
        if away.count > Mailbox.mostAway, let oldest = away.first { outputs += closed(oldest, now: now) }
        return outputs
    }

    /// Tells a socket's dialects that its connection has broken; it leaves those that keep no place
    /// for it.
    ///
    /// - Returns: whether one does.
    mutating func detach(_ socket: SocketID, in turn: inout SignalingTurn) -> Bool {
        guard let state = sockets[socket] else { return false }
        var stays: [Int] = []
        for index in state.spoken {
            if dialects[index].detach(socket, in: &turn) {
                stays.append(index)
            } else {
                dialects[index].leave(socket, in: &turn)
            }
        }
        sockets[socket]?.dialect = state.dialect.flatMap { stays.contains($0) ? $0 : nil }
        sockets[socket]?.identified = state.identified.filter(stays.contains)
        return !stays.isEmpty
    }

    /// Tells a socket's dialects that it is back.
    mutating func attach(_ socket: SocketID, in turn: inout SignalingTurn) {
        for index in sockets[socket]?.spoken ?? [] { dialects[index].attach(socket, in: &turn) }
    }

    /// Takes a socket out, with all that is kept of it.
    mutating func take(_ socket: SocketID) -> Socket? {
        guard let state = sockets.removeValue(forKey: socket) else { return nil }
        if let resume = state.resume { resumes[resume] = nil }
        release(socket, state)
        return state
    }

    /// What is kept for a socket is not any more.
    mutating func release(_ socket: SocketID, _ state: Socket) {
        guard let mailbox = state.mailbox else { return }
        keptBytes -= mailbox.byteCount
        away.removeAll { $0 == socket }
    }

    /// What those are told whose messages nobody has fetched.
    func undelivered(_ state: Socket) -> [Output] {
        (state.mailbox?.messages ?? []).flatMap { message in
            let reason = "the connection of the one it was for has broken, and is not back"
            return message.sender.map { undelivered(message.bytes, by: $0, reason) } ?? []
        }
    }

    /// What the sender of a message is told that nobody has got.
    func undelivered(_ bytes: [UInt8], by sender: SocketID, _ reason: String) -> [Output] {
        guard sockets[sender] != nil, let message = try? SignalingMessage(parsing: bytes) else { return [] }
        var refusal = SignalingRefusal(ErrorMessage.Code.recipientOffline, reason)
        refusal.to = message["to_peer_id"] ?? message["to"]
        refusal.callID = message["callId"]
        return [.send(sender, refusal.reply.bytes)]
    }

    // MARK: Back

    /// Whose place a registration wants back; nil where it is not to be had.
    func place(for message: SignalingMessage, of socket: SocketID) -> SocketID? {
        guard let resume = message["resume"],
            let old = resumes[resume] ?? cluster?.resumes[Cluster.hash(resume)], old != socket,
            let state = sockets[old], state.identity?.subject == sockets[socket]?.identity?.subject
        else { return nil }
        return old
    }

    /// A socket is that of another one from here on.
    ///
    /// - Parameter message: the registration, which the dialect answers.
    mutating func resume(
        _ old: SocketID, on socket: SocketID, saying message: SignalingMessage?, in turn: inout SignalingTurn
    ) {
        guard let new = sockets[socket] else { return }
        // It may have been at another node.
        let remote = cluster?.remotes[old]
        guard let former = take(old) else { return }
        var state = former
        (state.lastHeard, state.lastPinged) = (new.lastHeard, new.lastPinged)
        (state.badMessages, state.resume, state.mailbox) = (0, nil, nil)
        _ = take(socket)
        if let remote {
            forget(old)
            state.resume = message?["resume"] ?? new.wantsToResume?["resume"]
            if let resume = state.resume { resumes[resume] = old }
            note(.moved(old, fromNode: remote.node, fromID: remote.id))
        }
        sockets[old] = state
        if remote == nil { note(.present(old)) }
        turn.outputs.append(.rebind(old, from: socket))
        let start = turn.outputs.count
        defer { sayResumed(old, in: &turn, from: start) }
        if former.mailbox != nil || remote?.isAway == true { attach(old, in: &turn) }
        if let message, let index = state.dialect, dialects[index].types.contains(message.type) {
            turn.isResuming = true
            defer { turn.isResuming = false }
            do throws(SignalingRefusal) {
                try dialects[index].receive(message, from: old, in: &turn)
            } catch {
                turn.send(error.reply, to: old)
            }
        } else {
            welcome(old, in: &turn)
        }
        for message in former.mailbox?.messages ?? [] { turn.outputs.append(.send(old, message.bytes)) }
    }

    /// The answer to a registration says that the place is the one from before, and comes first: it
    /// has the list, where there is one.
    private func sayResumed(_ socket: SocketID, in turn: inout SignalingTurn, from start: Int) {
        let answers = turn.outputs[start...].contains { if case .welcome(socket, _) = $0 { true } else { false } }
        turn.outputs = turn.outputs.enumerated().compactMap { index, output in
            switch output {
            case .list(socket) where answers && index >= start: return nil
            case .welcome(socket, var message) where index >= start:
                message.members["resumed"] = .bool(true)
                return .welcome(socket, message)
            default: return output
            }
        }
    }

    /// Answers an `auth` that wants to be resumed.
    func welcome(_ socket: SocketID, in turn: inout SignalingTurn) {
        var message = SignalingMessage(type: "authenticated")
        message["userId"] = sockets[socket]?.identity?.subject
        turn.welcome(socket, with: message)
    }

    // MARK: What a turn has led to

    /// Carries out what is the core's own, and keeps what is for sockets that are away.
    ///
    /// - Parameters:
    ///   - sender: whose message it was.
    ///   - about: what it was about.
    mutating func settle(_ outputs: [Output], from sender: SocketID?, about: ClusterKey? = nil) -> [Output] {
        let isPlain = outputs.allSatisfy { output in
            switch output {
            case .welcome, .forget, .announce: false
            case .send, .list: away.isEmpty && cluster == nil
            default: true
            }
        }
        guard !isPlain || cluster?.news.isEmpty == false else { return outputs }
        var settled: [Output] = []
        for output in outputs {
            switch output {
            case .welcome(let socket, _) where cluster?.remotes[socket] != nil: break
            case .list(let socket) where cluster?.remotes[socket] != nil: break
            case .announce(let socket, let bytes):
                guard cluster?.remotes[socket] == nil else { break }
                if sockets[socket]?.mailbox != nil {
                    _ = keep(bytes, for: socket, from: nil)
                } else {
                    settled.append(.send(socket, bytes))
                }
            case .send(let socket, let bytes) where cluster?.remotes[socket] != nil:
                send(bytes, toRemote: socket, from: sender, about: about, into: &settled)
            case .forget(let socket) where cluster?.remotes[socket] != nil: forget(socket)
            case .welcome(let socket, var message):
                if sockets[socket]?.resume == nil { giveResume(to: socket) }
                message["resume"] = sockets[socket]?.resume
                settled.append(.send(socket, message.bytes))
            case .forget(let socket):
                // The dialect has let go of it.
                if let state = take(socket) {
                    settled += undelivered(state)
                    note(.gone(socket))
                }
            case .send(let socket, let bytes) where sockets[socket]?.mailbox != nil:
                if !keep(bytes, for: socket, from: sender), let sender {
                    let refusal = SignalingRefusal(
                        ErrorMessage.Code.recipientOffline,
                        "the connection of the one it was for has broken, and enough is kept for it")
                    settled.append(.send(sender, refusal.reply.bytes))
                }
            case .list(let socket) where sockets[socket]?.mailbox != nil: break
            default: settled.append(output)
            }
        }
        // The others know of a socket before it is answered, and so before anybody who has heard of
        // it can ask them.
        return takeNews() + settled
    }

    /// A message for a socket of another node; one for several of them goes there once.
    private func send(
        _ bytes: [UInt8], toRemote socket: SocketID, from sender: SocketID?, about: ClusterKey?,
        into outputs: inout [Output]
    ) {
        guard let remote = cluster?.remotes[socket] else { return }
        let sender = sender.flatMap { cluster?.remotes[$0] == nil ? $0 : nil }
        if case .tell(remote.node, .deliver(var former), sender)? = outputs.last, former.bytes == bytes {
            former.targets.append(remote.id)
            outputs[outputs.count - 1] = tell(remote.node, .deliver(former), by: sender)
            return
        }
        let delivery = ClusterFrame.Delivery(targets: [remote.id], sender: sender, about: about, bytes: bytes)
        outputs.append(tell(remote.node, .deliver(delivery), by: sender))
    }

    private mutating func keep(_ bytes: [UInt8], for socket: SocketID, from sender: SocketID?) -> Bool {
        guard keptBytes + bytes.count <= Mailbox.mostBytes,
            sockets[socket]?.mailbox?.keep(bytes, from: sender, limits) == true
        else { return false }
        keptBytes += bytes.count
        return true
    }

    private mutating func giveResume(to socket: SocketID) {
        guard sockets[socket] != nil else { return }
        let bytes = (0..<2).map { _ in UInt64.random(in: .min ... .max) }
        let resume = bytes.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        sockets[socket]?.resume = resume
        resumes[resume] = socket
        note(.present(socket))
    }
}
