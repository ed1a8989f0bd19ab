import ArgumentParser
import Configuration
import Foundation
import Gateway
import Logging
import Metrics
import ServiceLifecycle
import Signaling
import UnixSignals

/// `meshchat serve`: the gateway as a program.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve sessions, signaling, the mesh and pages to browsers over HTTP.",
        discussion: """
            Each setting is a flag, a variable of the environment such as MESHCHAT_TLS_PRIVATE_KEY, or stands in a \
            file of JSON; the first of them counts. Docs/Gateway.md has the table, and which are read again when \
            their files change.

            The handler of requests knows system_info and echo. A server of your own has its own handler: see \
            Examples/embedded-server.
            """)

    @Option(name: .long, help: "A file of settings in JSON.")
    var config: String?

    @Option(name: .long, help: "The address to listen on; :: is all of them. (default: 127.0.0.1)")
    var listen: String?

    @Option(name: [.long, .customLong("webrtc-port")], help: "The port; 0 lets the system choose. (default: 3010)")
    var port: Int?

    @Option(name: .long, help: "What requests come by: http, webrtc, both, all. (default: all)")
    var mode: String?

    @Option(name: .long, help: "A name that the server is reached under. May be repeated.")
    var hostName: [String] = []

    @Option(name: .long, help: "A web origin whose pages may come: https://example.org. May be repeated.")
    var allowOrigin: [String] = []

    @Option(name: .long, help: "What needs no token off loopback: rooms, sessions, streamers, … May be repeated.")
    var open: [String] = []

    @Option(name: .long, help: "A proxy, or network of proxies, whose X-Forwarded-For is believed. May be repeated.")
    var trustedProxy: [String] = []

    @Option(name: .long, help: "A certificate in PEM, for TLS; read again when it changes.")
    var tlsCertificate: String?

    @Option(name: .long, help: "Its key in PEM.")
    var tlsPrivateKey: String?

    @Flag(name: .long, help: "TLS with a certificate that is made now; its fingerprint is printed.")
    var tlsSelfMade = false

    @Option(name: .long, help: "A file with the secret of tokens in HS256.")
    var tokenSecretFile: String?

    @Option(name: .long, help: "A file with the key of tokens in PEM.")
    var tokenKeyFile: String?

    @Option(name: .long, help: "A file with the keys of tokens as JWKS.")
    var tokenJwksFile: String?

    @Option(name: .long, help: "What aud of a token has to be.")
    var tokenAudience: String?

    @Option(name: .long, help: "A file with the secret that the TURN servers share.")
    var turnSecretFile: String?

    @Option(name: .long, help: "A TURN server, as turn:turn.example.org?transport=udp. May be repeated.")
    var turnUri: [String] = []

    @Option(name: .long, help: "A STUN server, as stun:stun.example.org:3478. May be repeated.")
    var stun: [String] = []

    @Option(name: .long, help: "A folder of films that streamers may show.")
    var streamFiles: String?

    @Option(name: .long, help: "A folder that streams are recorded to.")
    var streamRecordings: String?

    @Option(name: .long, help: "A program that streamers may show: NAME=COMMAND. May be repeated.")
    var streamProgram: [String] = []

    @Option(name: .long, help: "A port of its own for /metrics, on loopback or on --metrics-listen.")
    var metricsPort: Int?

    @Option(name: .long, help: "The address for --metrics-port.")
    var metricsListen: String?

    @Option(name: .long, help: "A folder of pages in place of the ones that come with it.")
    var pages: String?

    @Option(name: .long, help: "The mDNS service type of the mesh. (default: _meshchat._tcp)")
    var meshService: String?

    @Option(name: .long, help: "A signaling server for the mesh in place of mDNS: ws://host:port/ws")
    var meshSignaling: String?

    @Option(name: .long, help: "A file with the key of the mesh's group, as meshchat key --out makes it.")
    var meshKeyFile: String?

    @Option(name: .long, help: "trace, debug, info, notice, warning, error or critical. (default: notice)")
    var logLevel: String?

    func run() async throws {
        let settings = try await ServeSettings(
            flags: flags, environment: ProcessInfo.processInfo.environment, file: config)
        let level = try settings.word(.logLevel, of: Logger.Level.self) ?? .notice
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        DescriptorBudget.raiseLimit()
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        let logger = Logger(label: "meshchat")
        let configuration: GatewayConfiguration
        do {
            configuration = try await settings.gateway(metrics: metrics, logger: logger)
        } catch let error as ValidationError {
            throw error
        } catch {
            throw ValidationError("\(error)")
        }
        let gateway = Gateway(configuration: configuration, handler: Self.answer)
        let greeting = Task {
            guard let port = await gateway.listening() else { return }
            let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
            let scheme = configuration.tls == nil ? "http" : "https"
            Console.standard.write(line: "listening on \(scheme)://\(host):\(port)")
            if let fingerprint = configuration.tls?.fingerprint {
                Console.standard.write(line: "fingerprint \(fingerprint)")
            }
        }
        defer { greeting.cancel() }
        let group = ServiceGroup(
            configuration: .init(
                services: [gateway], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch {
            throw ValidationError("cannot serve: \(error)")
        }
    }

    private static let answer: Gateway.Handler = { request in
        guard request.action == "echo" else { throw RPCError.unknownAction(request.action) }
        return try .json(request.json)
    }

    private var flags: [ServeSetting: ConfigValue] {
        let texts: [(ServeSetting, String?)] = [
            (.listen, listen), (.mode, mode), (.certificate, tlsCertificate), (.privateKey, tlsPrivateKey),
            (.tokenSecretFile, tokenSecretFile), (.tokenKeyFile, tokenKeyFile), (.tokenKeySet, tokenJwksFile),
            (.audience, tokenAudience), (.turnSecretFile, turnSecretFile), (.metricsListen, metricsListen),
            (.streamFiles, streamFiles), (.recordings, streamRecordings), (.pages, pages), (.meshService, meshService),
            (.meshSignaling, meshSignaling), (.meshKeyFile, meshKeyFile), (.logLevel, logLevel),
        ]
        let lists: [(ServeSetting, [String])] = [
            (.hostNames, hostName), (.allowedOrigins, allowOrigin), (.open, open), (.trustedProxies, trustedProxy),
            (.turnURIs, turnUri), (.stun, stun), (.streamPrograms, streamProgram),
        ]
        var flags: [ServeSetting: ConfigValue] = [:]
        for (setting, text) in texts { flags[setting] = text.map { ConfigValue(.string($0), isSecret: false) } }
        for (setting, list) in lists where !list.isEmpty {
            flags[setting] = ConfigValue(.stringArray(list), isSecret: false)
        }
        flags[.port] = port.map { ConfigValue(.int($0), isSecret: false) }
        flags[.metricsPort] = metricsPort.map { ConfigValue(.int($0), isSecret: false) }
        if tlsSelfMade { flags[.selfMade] = ConfigValue(.bool(true), isSecret: false) }
        return flags
    }
}
