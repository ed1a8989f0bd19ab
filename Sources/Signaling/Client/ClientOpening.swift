internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// One attempt to have a WebSocket: its parts, its time, and why it failed.
final class ClientOpening<Dialect: ClientDialect>: Sendable {
    typealias Upgraded = ClientUpgrader<Dialect>.Upgraded

    let notices = ServerNotices()
    let timeout: TimeAmount
    private let address: WebSocketURL
    private let tls: TLSConnector?
    private let access: BearerAccess?
    private let configuration: SignalingClientConfiguration
    private let inbox: ClientInbox<Dialect.Message, SignalingError>
    /// The time was over before there was a WebSocket.
    private let isLate = Atomic(false)

    init(
        _ address: WebSocketURL, _ tls: TLSConnector?, _ access: BearerAccess?,
        _ configuration: SignalingClientConfiguration, _ inbox: ClientInbox<Dialect.Message, SignalingError>
    ) {
        self.address = address
        self.tls = tls
        self.access = access
        self.configuration = configuration
        self.inbox = inbox
        timeout = .nanoseconds(max(1_000_000, configuration.connectTimeout.clampedNanoseconds))
    }

    /// Makes a connection a WebSocket, or closes it when that takes too long; on its event loop,
    /// before it is connected.
    func open(_ channel: any Channel) throws -> EventLoopFuture<Upgraded> {
        try tls?.secure(channel)
        let timer = channel.eventLoop.scheduleTask(in: timeout) { [self] in
            isLate.store(true, ordering: .relaxed)
            channel.close(promise: nil)
        }
        let upgrader = ClientUpgrader<Dialect>(subprotocols: configuration.subprotocols) { [self] channel in
            timer.cancel()
            let handler = ClientSocketHandler<Dialect>(configuration: configuration, inbox: inbox, notices: notices)
            try channel.pipeline.syncOperations.addHandler(handler)
            return NIOLoopBound(handler, eventLoop: channel.eventLoop)
        }
        var head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: address.target, headers: ["host": address.hostHeader])
        if let access { head.headers.add(name: "authorization", value: access.header) }
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                upgradeRequestHead: head, upgraders: [upgrader],
                notUpgradingCompletionHandler: { upgrader.refused($0) }))
        // A server's first frames may come in one segment with its answer (RFC 6455 §4.1).
        pipeline.leftOverBytesStrategy = .forwardBytes
        pipeline.decoderConfiguration.maxHeaderFieldSize = SignalingLimits().requestHead
        pipeline.decoderConfiguration.maxHeaderListSize = SignalingLimits().requestHead
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
            .flatMap { $0 }
    }

    /// What has failed, for people.
    func reason(_ error: any Error, _ url: String) -> SignalingError {
        if let error = error as? SignalingError { return error }
        let waited = "within \(configuration.connectTimeout); is it the right port, and lets a firewall it through?"
        switch error {
        case ChannelError.connectTimeout:
            return SignalingError(.timedOut, "\(url) does not answer \(waited)")
        case let error as NIOConnectionError
        where error.connectionErrors.contains { if case ChannelError.connectTimeout = $0.error { true } else { false } }:
            return SignalingError(.timedOut, "\(url) does not answer \(waited)")
        case _ where isLate.load(ordering: .relaxed):
            return SignalingError(
                .timedOut,
                "\(url) takes the connection, but does not answer the request for a WebSocket "
                    + "within \(configuration.connectTimeout); is it the port of a signaling server?")
        case is NIOHTTPClientUpgradeError:
            return SignalingError(.upgradeRefused, "\(url) answers, but its Upgrade header is not websocket")
        case HTTPParserError.invalidEOFState: return closed(url)
        case is HTTPParserError:
            return SignalingError(
                .upgradeRefused,
                "\(url) answers, but not with HTTP (\(error)); if it speaks TLS, connect with wss:, "
                    + "otherwise it is no signaling server's port")
        // The connection has ended before there was an answer.
        case is ChannelError: return closed(url)
        default: return SignalingError(.connectionFailed, "cannot connect to \(url): \(networkReason(error))")
        }
    }

    private func closed(_ url: String) -> SignalingError {
        SignalingError(
            .connectionFailed, "\(url) closed the connection instead of answering; if it speaks TLS, connect with wss:")
    }
}
