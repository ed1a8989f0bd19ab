import Testing

@testable import Signaling

@Suite("settings that cannot work are refused before anything is begun")
struct SettingsTests {
    /// A setting, and what makes it wrong.
    struct Wrong<Settings>: Sendable, CustomTestStringConvertible {
        let name: String
        let change: @Sendable (inout Settings) -> Void
        var testDescription: String { name }

        init(_ name: String, _ change: @escaping @Sendable (inout Settings) -> Void) {
            self.name = name
            self.change = change
        }
    }

    static let wrongClients: [Wrong<SignalingClientConfiguration>] = [
        Wrong("connectTimeout is 0.0 seconds: 10 ms to one day") { $0.connectTimeout = .zero },
        Wrong("connectTimeout is -1.0 seconds: ") { $0.connectTimeout = .seconds(-1) },
        Wrong("heartbeatInterval is 0.0 seconds: ") { $0.heartbeatInterval = .zero },
        Wrong("maximumMessageSize is 0: 1 to 1073741824") { $0.maximumMessageSize = 0 },
        Wrong("queueLimit is 0: 1 to ") { $0.queueLimit = 0 },
        Wrong("queueLimit is -5: ") { $0.queueLimit = -5 },
        Wrong("queueBytes is 0: ") { $0.queueBytes = 0 },
        Wrong("tls pins \"AB:CD\": 32 hexadecimal bytes") { $0.tls = .pinned("AB:CD") },
        Wrong("tls pins no certificate") { $0.tls = .pinned([]) },
        Wrong("subprotocols has \"a b\"") { $0.subprotocols = ["a", "a b"] },
        Wrong("subprotocols has \"a\r\nx: y\"") { $0.subprotocols = ["a\r\nx: y"] },
        Wrong("subprotocols has \"a\" twice") { $0.subprotocols = ["a", "b", "a"] },
    ]

    static let wrongLimits: [Wrong<SignalingLimits>] = [
        Wrong("limits.messageSize is 0: 1 to ") { $0.messageSize = 0 },
        Wrong("limits.badMessages is 0: ") { $0.badMessages = 0 },
        Wrong("limits.heartbeatInterval is 0.0 seconds: 10 ms to one day") { $0.heartbeatInterval = .zero },
        Wrong("limits.outbox is -1: ") { $0.outbox = -1 },
        Wrong("limits.outboxBytes is 0: ") { $0.outboxBytes = 0 },
        Wrong("limits.allOutboxBytes is 0: ") { $0.allOutboxBytes = 0 },
        Wrong("limits.unfinishedBytes is 0: ") { $0.unfinishedBytes = 0 },
        Wrong("limits.sockets is 0: ") { $0.sockets = 0 },
        Wrong("limits.socketsPerAddress is 0: ") { $0.socketsPerAddress = 0 },
        Wrong("limits.unregisteredPerAddress is 0: ") { $0.unregisteredPerAddress = 0 },
        Wrong("limits.registrationTime is 0.0 seconds: ") { $0.registrationTime = .zero },
        Wrong("limits.peers is 0: ") { $0.peers = 0 },
        Wrong("limits.devices is 0: ") { $0.devices = 0 },
        Wrong("limits.registrations is 0: ") { $0.registrations = 0 },
        Wrong("limits.requestHead is 0: 256 to ") { $0.requestHead = 0 },
    ]

    @Test("those of a client, whether it reconnects or not", arguments: wrongClients)
    func client(_ wrong: Wrong<SignalingClientConfiguration>) async {
        var configuration = SignalingClientConfiguration()
        wrong.change(&configuration)
        // Nobody listens there, which is not what is complained of.
        let once = await #expect(throws: SignalingError.self) {
            try await SignalingClient.connect(to: "ws://127.0.0.1:1", configuration: configuration)
        }
        let kept = #expect(throws: SignalingError.self) {
            try ReconnectingSignalingClient(
                url: "ws://127.0.0.1:1", registration: .init(peerID: "x", peerType: .display, displayName: "x"),
                configuration: configuration)
        }
        for error in [once, kept] {
            #expect(error?.code == .invalidConfiguration && error?.message.hasPrefix(wrong.name) == true)
        }
    }

    @Test("the limits of a server", arguments: wrongLimits)
    func limits(_ wrong: Wrong<SignalingLimits>) async {
        var limits = SignalingLimits()
        wrong.change(&limits)
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, limits: limits))
        let error = await #expect(throws: SignalingError.self) { try await server.start() }
        #expect(error?.code == .invalidConfiguration && error?.message.hasPrefix(wrong.name) == true)
        #expect(server.port == nil)
    }

    @Test("every limit of a server has a range")
    func everyLimit() {
        let names = Mirror(reflecting: SignalingLimits()).children.compactMap(\.label)
        for name in names { #expect(Self.wrongLimits.contains { $0.name.hasPrefix("limits.\(name) is") }, "\(name)") }
    }

    @Test("a subprotocol of a server that no header can carry")
    func subprotocols() async {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, subprotocols: ["a,b"]))
        let error = await #expect(throws: SignalingError.self) { try await server.start() }
        #expect(error?.code == .invalidConfiguration && error?.message.contains("\"a,b\"") == true)
    }

    @Test(
        "the pauses of a client that reconnects",
        arguments: [
            (Backoff(initial: .zero), "initial is 0.0 seconds"),
            (Backoff(initial: .seconds(20)), "maximum is 10.0 seconds: 20.0 seconds, which is initial"),
        ])
    func backoff(_ backoff: Backoff, _ text: String) {
        let error = #expect(throws: SignalingError.self) {
            try ReconnectingSignalingClient(
                url: "ws://127.0.0.1:1", registration: .init(peerID: "x", peerType: .display, displayName: "x"),
                backoff: backoff)
        }
        #expect(error?.code == .invalidConfiguration && error?.message.hasPrefix(text) == true)
    }

    @Test("what is given unless told otherwise is in its range")
    func defaults() throws {
        try SignalingClientConfiguration().validate()
        try SignalingServerConfiguration().validate()
        try Backoff().validate()
    }
}
