internal import AsyncQueues
internal import Logging
internal import SCTP

extension PeerConnection {
    /// Opens a channel; it can be used once ``DataChannel/opened()`` returns. W3C `createDataChannel` §6.1.
    ///
    /// - Parameters:
    ///   - label: a name for the peer, at most 65535 bytes of UTF-8.
    ///   - options: order, reliability, and whether the channel is negotiated by the applications.
    /// - Throws: `InvalidStateError` if the connection is closed, `TypeError` for options that contradict themselves,
    ///   `OperationError` if the stream is in use or none is left.
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
            try dataSession().add(channel)
        } catch {
            port.remove(channel)
            throw error
        }
        if !negotiation.wantsData {
            negotiation.wantsData = true
            updateNegotiationNeeded()
        }
        return channel
    }

    /// The channels' side of the connection, made when first needed.
    func dataSession() throws(WebRTCError) -> DataSession {
        if let data { return data }
        let session = DataSession(
            port: port,
            limits: .init(
                sendBufferLimit: configuration.sendBufferLimit, receiveBufferLimit: configuration.receiveBufferLimit,
                sctp: configuration.sctpConfiguration, maxChannels: configuration.maxChannels),
            logger: logger,
            onEvent: { [weak self] event in self?.assumeIsolated { $0.handle(event) } })
        data = session
        return session
    }

    private func handle(_ event: DataSession.Event) {
        switch event {
        case .state(let state, let error):
            let streams = data?.association?.negotiatedStreams
            sctpTransport?.update(state: state, maxChannels: state == .connected ? streams : nil)
            if let error { logger?.info("SCTP ended", metadata: ["error": "\(error)"]) }
        case .left: peerDidLeaveData()
        case .channel(let channel):
            guard port.add(channel, of: self) else {
                channel.didClose()
                return
            }
            snapshot.channels.send(channel)
        }
    }
}
