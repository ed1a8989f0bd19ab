internal import AsyncQueues
internal import ICE
public import JSEP
internal import Logging
internal import SCTP
internal import Synchronization

extension PeerConnection {
    /// Opens a channel; it can be used once ``DataChannel/opened(within:)`` returns. W3C
    /// `createDataChannel` §6.1.
    ///
    /// - Parameters:
    ///   - label: a name for the peer, at most 65535 bytes of UTF-8.
    ///   - options: order, reliability, and whether the channel is negotiated by the applications.
    /// - Throws: `InvalidStateError` if the connection is closed, `TypeError` for options that
    ///   contradict themselves, `OperationError` if the stream is in use or none is left.
    public func createDataChannel(
        _ label: String, options: DataChannelOptions = DataChannelOptions()
    ) throws(WebRTCError) -> DataChannel {
        try checkOpen("createDataChannel")
        try options.validate(label: label)
        let channel = DataChannel(
            label: label, options: options, port: port, sendLimit: configuration.sendBufferLimit,
            receiveLimit: configuration.receiveBufferLimit)
        guard port.add(channel, of: self) else { throw .closed("createDataChannel") }
        do throws(WebRTCError) {
            let session = dataSession()
            try session.add(channel)
        } catch {
            port.remove(channel)
            throw error
        }
        if !negotiation.wantsData {
            negotiation.wantData()
            updateNegotiationNeeded()
        }
        return channel
    }

    /// The channels' side of the connection, made when first needed.
    func dataSession() -> DataSession {
        if let data { return data }
        let session = DataSession(
            port: port,
            limits: .init(
                sendBufferLimit: configuration.sendBufferLimit, receiveBufferLimit: configuration.receiveBufferLimit,
                sctp: configuration.sctpConfiguration, maxChannels: configuration.maxChannels),
            restartTimeout: configuration.ice.restartTimeout, loop: loop, ticker: surroundings.ticker, logger: logger,
            onEvent: { [weak self] event in self?.assumeIsolated { $0.handle(event) } },
            mayAccept: { [weak self] channel in self?.assumeIsolated { $0.mayAccept(channel) } ?? false })
        data = session
        return session
    }

    private func handle(_ event: DataSession.Event) {
        switch event {
        case .transportChanged: snapshot.show(data?.sctp)
        case .stateChanged: updateDeparture()
        case .peerLeft:
            if let transport = data?.transport { followIfLeft(transport) }
            updateDeparture()
        case .unread(let channel):
            logger?.warning(
                "nobody reads a channel", metadata: ["channel": "\(channel.label)", "bytes": "\(channel.unreadAmount)"])
            snapshot.unreadChannels.send(channel)
        case .channel(let channel):
            guard port.add(channel, of: self) else {
                channel.didClose(by: .connection)
                return
            }
            snapshot.channels.send(channel)
        case .finished(let channel):
            if !channel.negotiated { letGoOfUntaken() }
        }
    }

    // MARK: The peer's channels that nobody has taken yet

    /// Whether a channel that the peer opens can be kept until somebody takes it.
    private func mayAccept(_ channel: DataChannel) -> Bool {
        let room = snapshot.channels.makeRoom(for: channel)
        if room.evicted > 0 { didDrop(room.evicted) }
        // Names are the peer's to choose, up to 128 KiB for each; short ones are bounded by the
        // number of channels.
        let names = channel.nameBytes < 1024 ? 0 : port.channels.reduce(channel.nameBytes) { $0 + $1.nameBytes }
        guard !room.hasRoom || names > UntakenChannels.namesLimit else {
            if snapshot.channels.backlog == 0 { untaken.didCatchUp() }
            return true
        }
        if untaken.didRefuse() {
            logger?.error(
                "a channel of the peer is refused: too many wait to be taken from dataChannels, or their names are too long",
                metadata: ["waiting": "\(snapshot.channels.backlog)", "names": "\(names)"])
        }
        return false
    }

    /// Bounds what is kept of channels that the peer has closed before anybody took them.
    private func letGoOfUntaken() {
        var seen: Set<ObjectIdentifier> = []
        let closed = snapshot.channels.waiting.filter {
            $0.readyState == .closed && seen.insert(ObjectIdentifier($0)).inserted
        }
        let excess = UntakenChannels.excess(
            closed.map { $0.core.withLock { $0.inbox.byteCount } }, limit: configuration.receiveBufferLimit)
        for channel in closed.prefix(excess) { snapshot.channels.removeFirst { $0 === channel } }
        didDrop(excess)
    }

    private func didDrop(_ count: Int) {
        guard untaken.didDrop(count) else { return }
        logger?.error("channels that the peer opened and closed before anybody took them from dataChannels are let go")
    }
}
