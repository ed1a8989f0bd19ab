import ArgumentParser
import Backplane
import Foundation
import Gateway
import ICE
import Logging
import Mesh
import Signaling
import Tokens
import WebRTC

extension ServeSettings {
    /// The gateway's configuration.
    ///
    /// - Throws: what is wrong with a setting.
    func gateway(metrics: PrometheusMetrics, logger: Logger) async throws -> GatewayConfiguration {
        var gateway = GatewayConfiguration(metrics: metrics, logger: logger)
        gateway.host = try text(.listen) ?? gateway.host
        gateway.port = try number(.port, in: 0...65535) ?? gateway.port
        gateway.mode = try word(.mode, of: GatewayConfiguration.Mode.self) ?? gateway.mode
        gateway.hostNames = try list(.hostNames)
        gateway.allowedOrigins = try list(.allowedOrigins)
        gateway.open = Set(try words(.open, of: RouteClass.self))
        gateway.trustedProxies = try list(.trustedProxies)
        gateway.tls = try tls(names: gateway.hostNames)
        gateway.tokens = try await tokens(logger)
        gateway.turn = try turn()
        gateway.drainTime = try number(.drainSeconds, in: 0...3600).map { .seconds($0) } ?? gateway.drainTime
        if let pages = try text(.pages) { gateway.pages = URL(fileURLWithPath: pages) }
        if let port = try number(.metricsPort, in: 1...65535) {
            gateway.metricsAddress = .init(host: try text(.metricsListen) ?? "127.0.0.1", port: port)
        }
        try setLimits(of: &gateway)
        let stun = try list(.stun)
        if let url = stun.first(where: { !$0.lowercased().hasPrefix("stun:") && !$0.lowercased().hasPrefix("stuns:") })
        {
            throw ValidationError("stun is \"\(url.prefix(80))\"; it should be like stun:stun.example.org:3478")
        }
        gateway.sessions.connection.iceServers = stun.isEmpty ? [] : [ICEServer(urls: stun)]
        gateway.streams?.connection.iceServers = gateway.sessions.connection.iceServers
        if ["127.0.0.1", "::1", "localhost"].contains(gateway.host) {
            // Whoever reaches it is on this machine, which may have no other address.
            gateway.sessions.connection.ice.includesLoopback = true
            gateway.streams?.connection.ice.includesLoopback = true
        }
        try setStreams(of: &gateway)
        gateway.mesh = MeshConfiguration(
            displayName: "", serviceType: try text(.meshService) ?? "_meshchat._tcp",
            groupKey: try text(.meshKeyFile).map { try KeyOptions.key(inFile: $0, "mesh.keyFile") },
            port: UInt16(try number(.meshPort, in: 0...65535) ?? 3011), listenAddress: gateway.host,
            hostNames: gateway.hostNames, allowedOrigins: gateway.allowedOrigins,
            signalingURL: try text(.meshSignaling), iceServers: gateway.sessions.connection.iceServers, logger: logger)
        if let url = try text(.redis, isSecret: true) {
            gateway.signaling?.backplane = RedisBackplane(configuration: try RedisConfiguration(url: url))
            gateway.signaling?.nodeName = try text(.nodeName)
        }
        try gateway.validate()
        return gateway
    }

    private func setLimits(of gateway: inout GatewayConfiguration) throws {
        let (sessions, million) = (gateway.sessions, 1...1_000_000)
        gateway.sessions.sessions = try number(.sessions, in: million) ?? sessions.sessions
        gateway.sessions.sessionsPerClient = try number(.sessionsPerClient, in: million) ?? sessions.sessionsPerClient
        if let rate = try number(.requestsPerSecond, in: million) {
            gateway.requestsPerSecond = Double(rate)
            gateway.requestBurst = 4 * rate
        }
        gateway.requestLimit = try number(.requestBytes, in: 1024...(16 << 20)) ?? gateway.requestLimit
        gateway.connections = try number(.connections, in: million) ?? gateway.connections
        if let sockets = try number(.sockets, in: million) { gateway.signaling?.limits.sockets = sockets }
    }

    private func setStreams(of gateway: inout GatewayConfiguration) throws {
        guard var streams = gateway.streams else { return }
        if let folder = try text(.streamFiles) {
            guard (try? FileManager.default.contentsOfDirectory(atPath: folder)) != nil else {
                throw ValidationError("streams.files is \(folder), which is no folder that can be read")
            }
            streams.files = URL(fileURLWithPath: folder)
        }
        streams.recordings = try text(.recordings).map { URL(fileURLWithPath: $0) }
        streams.recordingSpace = try number(.recordingBytes, in: 0...Int.max) ?? streams.recordingSpace
        if let ffmpeg = try text(.ffmpeg) { streams.ffmpeg = ffmpeg.isEmpty ? nil : ffmpeg }
        streams.streams = try number(.streams, in: 1...100_000) ?? streams.streams
        streams.streamsPerClient = try number(.streamsPerClient, in: 1...100_000) ?? streams.streamsPerClient
        streams.watchersPerClient = try number(.watchersPerClient, in: 1...100_000) ?? streams.watchersPerClient
        streams.testPictures = try number(.testPictures, in: 0...1000) ?? streams.testPictures
        streams.listensForRTP = try flag(.listensForRTP)
        streams.watchersPerStream = try number(.watchersPerStream, in: 1...100_000) ?? streams.watchersPerStream
        for text in try list(.streamPrograms) {
            let (name, program) = try Self.program(text)
            streams.programs[name] = program
        }
        gateway.streams = streams
    }

    /// Reads `NAME=COMMAND`; with `streamer:` before the command it is a streamer of its own. Words
    /// are between spaces, or between double quotes.
    private static func program(_ text: String) throws -> (String, StreamProgram) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let isStreamer = parts.last?.hasPrefix("streamer:") == true
        var words: [String] = []
        for (place, piece) in (parts.last?.dropFirst(isStreamer ? 9 : 0) ?? "")
            .split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        {
            words += place % 2 == 1 ? [String(piece)] : piece.split(separator: " ").map(String.init)
        }
        guard parts.count == 2, let name = parts.first, !name.isEmpty, !words.isEmpty else {
            throw ValidationError(
                "streams.programs has \"\(text.prefix(80))\"; it should be like camera=ffmpeg -i /dev/video0 …")
        }
        return (String(name), isStreamer ? .streamer(words) : .media(words))
    }

    private func tls(names: [String]) throws -> ServerTLS? {
        switch (try text(.certificate), try text(.privateKey), try flag(.selfMade)) {
        case (nil, nil, false): nil
        case (nil, nil, true): try ServerTLS.selfMade(names: names + ["localhost", "127.0.0.1", "[::1]"])
        case (let certificate?, let key?, false): ServerTLS.files(certificateChain: certificate, privateKey: key)
        default:
            throw ValidationError("give tls.certificate and tls.privateKey, or tls.selfMade alone, or none of them")
        }
    }

    private func tokens(_ logger: Logger) async throws -> JSONWebTokens? {
        let sources: [TokenKeySource] = [
            try text(.tokenSecretFile).map { .secretFile($0) }, try text(.tokenKeyFile).map { .pemFile($0) },
            try text(.tokenKeySet).map { .jwksFile($0) },
        ].compactMap { $0 }
        guard let source = sources.first else { return nil }
        guard sources.count == 1 else {
            throw ValidationError("give one of tokens.secretFile, tokens.keyFile and tokens.jwksFile")
        }
        return try await JSONWebTokens(
            keys: source, configuration: .init(audience: try text(.audience), issuer: try text(.issuer)),
            logger: logger)
    }

    private func turn() throws -> TURNSettings? {
        let uris = try list(.turnURIs)
        if let uri = uris.first(where: { !$0.lowercased().hasPrefix("turn:") && !$0.lowercased().hasPrefix("turns:") })
        {
            throw ValidationError(
                "turn.uris has \"\(uri.prefix(80))\"; it should be like turn:turn.example.org?transport=udp")
        }
        let secret: Data?
        switch (try text(.turnSecret, isSecret: true), try text(.turnSecretFile)) {
        case (nil, nil): secret = nil
        case (let text?, nil): secret = Data(text.utf8)
        case (nil, let path?):
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw ValidationError("\(path) cannot be read")
            }
            secret = Data(bytes.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed())
        case (_?, _?): throw ValidationError("give one of turn.secret and turn.secretFile")
        }
        guard let secret, !secret.isEmpty, !uris.isEmpty else {
            if secret == nil && uris.isEmpty { return nil }
            throw ValidationError("turn.uris and the secret that the TURN server has belong together")
        }
        let lifetime = try number(.turnLifetime, in: 1...86_400) ?? 300
        return TURNSettings(secret: secret, uris: uris, lifetime: .seconds(lifetime))
    }
}
