internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

// The server's own listener: the first user of what others use with `upgrader(for:isSecure:)`.
extension SignalingServer {
    func bind(
        _ loops: ConnectionLoops, _ hub: HubAccess, _ tls: TLSAcceptor?
    ) async throws(SignalingError) -> any Channel {
        let configuration = configuration
        // Two event loops that make the first one of a generic class at once have ended a process:
        // the runtime found its metadata half made.
        _ = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        let bootstrap = ServerBootstrap(group: hub.loop, childGroup: loops.all)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ArrivalHandler(hub.value))
                }
            }
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: Self.waterMark)
            // Little from each socket at a time: the others wait for no more than that.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 8192))
            .childChannelInitializer { channel in
                let loop = channel.eventLoop
                let reception =
                    hub.loop === loop
                    ? loop.makeSucceededFuture(hub.value.takeReception(of: channel))
                    : hub.loop.submit { hub.value.takeReception(of: channel) }.hop(to: loop)
                let configured = reception.flatMapThrowing { reception in
                    try Self.configure(channel, reception, hub, configuration)
                }
                // Behind it, so that the limits count also while the handshake waits.
                return tls.map { tls in configured.flatMap { tls.secure(channel) } } ?? configured
            }
        // "::" takes IPv4 as well; a machine without IPv6 has only the other.
        let hosts = configuration.host.map { [$0] } ?? ["::", "0.0.0.0"]
        let ports =
            configuration.usesAnotherPort && configuration.port != 0 ? [configuration.port, 0] : [configuration.port]
        var failure = "no address"
        for port in ports {
            for host in hosts {
                do {
                    return try await bootstrap.bind(host: host, port: Int(port)).get()
                } catch {
                    failure = networkReason(error)
                    // In use is in use; the other family must not be listened on alone then.
                    if (error as? IOError)?.errnoCode == Self.addressInUse { break }
                }
            }
        }
        throw SignalingError(
            .bindFailed,
            "cannot listen on \(configuration.host ?? "any address"), port \(configuration.port): \(failure)")
    }

    /// How much is handed to a connection before what comes waits for it.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 16384, high: 32768)
    private static let addressInUse: Int32 = 98  // EADDRINUSE on Linux

    static func isLoopback(_ address: SocketAddress?) -> Bool {
        address?.ipAddress.map(Authority.isLoopback) ?? false
    }

    private static func configure(
        _ channel: any Channel, _ reception: ArrivalHandler.Reception?, _ hub: HubAccess,
        _ configuration: SignalingServerConfiguration
    ) throws {
        let loop = channel.eventLoop
        let admitted: SignalingSocketID?
        switch reception {
        case .admitted(let id)?: admitted = id
        // Whoever finds no place has a moment to ask whether there is one.
        case .guest?: admitted = nil
        case nil: throw SignalingError(.closed, "the connection is gone")
        }
        let readiness: @Sendable () -> Readiness = {
            let readiness = hub.readiness.value
            return admitted == nil && readiness == .ready ? .full : readiness
        }
        // What the server is bound to, which tells more than where this connection came in.
        let isOnLoopback = isLoopback(channel.parent?.localAddress)
        let rules = RequestRules(
            configuration: configuration, isOnLoopback: isOnLoopback, isSecure: configuration.tls != nil)
        let gatekeeper = NIOLoopBound(
            UpgradeGatekeeper(rules: rules, tokens: configuration.tokens) { _ in
                loop.makeCompletedFuture {
                    if let refusal = readiness().refusal { throw refusal }
                    guard let admitted else { throw Readiness.full.noPlace }
                    return admitted
                }
            }, eventLoop: loop)
        let plain = NIOLoopBound(
            PlainHTTPHandler(rules: rules, gatekeeper: gatekeeper.value, readiness: readiness) {
                reason in
                hub.tell { $0.metrics.refused(reason) }
            }, eventLoop: loop)
        let wholeTime = TimeAmount.nanoseconds(max(1_000_000, configuration.limits.registrationTime.clampedNanoseconds))
        let time = admitted == nil ? min(wholeTime, Guests.time) : wholeTime
        let timeout = loop.scheduleTask(in: time) {
            hub.tell { $0.metrics.evicted(.timeout) }
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in timeout.cancel() }
        let upgrader = ServerUpgrader(
            gatekeeper: gatekeeper, hub: hub, mayJoinRooms: configuration.opensRooms || isOnLoopback)
        var headLimits = NIOHTTPDecoderLimitConfiguration()
        headLimits.maxHeaderFieldSize = configuration.limits.requestHead
        headLimits.maxHeaderListSize = configuration.limits.requestHead
        let gate = NIOLoopBound(RequestHeadGate(), eventLoop: loop)
        try channel.pipeline.syncOperations.addHandler(gate.value)
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    timeout.cancel()
                    context.pipeline.syncOperations.removeHandler(plain.value, promise: nil)
                    context.pipeline.syncOperations.removeHandler(gate.value, promise: nil)
                }
            ), withEncoderConfiguration: .init(), withDecoderLimitConfiguration: headLimits)
        try channel.pipeline.syncOperations.addHandler(plain.value)
    }
}
