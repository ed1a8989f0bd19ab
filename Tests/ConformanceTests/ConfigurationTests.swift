import ICE
import JSEP
import Testing
import TransportTypes
import WebRTC
import WebRTCTestSupport

@Suite("CFG: configuration and constructor", .timeLimit(.minutes(3)))
struct ConfigurationTests {
    typealias Configuration = PeerConnection.Configuration

    /// Gives the configuration to a new connection, and to one that had another before.
    private func bothWays(
        _ configuration: Configuration, _ check: (() async throws -> Configuration) async throws -> Void
    )
        async throws
    {
        try await check {
            let connection = try PeerConnection(configuration: configuration)
            defer { connection.close() }
            return await connection.getConfiguration()
        }
        try await check {
            let connection = try PeerConnection()
            defer { connection.close() }
            try await connection.setConfiguration(configuration)
            return await connection.getConfiguration()
        }
    }

    private func bothWays(
        refuse servers: [ICEServer], _ code: WebRTCError.Code, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await bothWays(Configuration(iceServers: servers)) { give in
            await expect(code, sourceLocation: sourceLocation) { _ = try await give() }
        }
    }

    @Test("CFG-01 a fresh connection has no descriptions and is new in every state")
    func fresh() throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        #expect(connection.localDescription == nil && connection.remoteDescription == nil)
        #expect(connection.currentLocalDescription == nil && connection.currentRemoteDescription == nil)
        #expect(connection.pendingLocalDescription == nil && connection.pendingRemoteDescription == nil)
        #expect(connection.signalingState == .stable && connection.iceGatheringState == .new)
        #expect(connection.iceConnectionState == .new && connection.connectionState == .new)
        #expect(connection.canTrickleICECandidates == nil && connection.sctp == nil)
    }

    @Test("CFG-02 ICE servers read back as they were given, in their order and all 32 of them")
    func servers() async throws {
        let lists: [[ICEServer]] = [
            [], [.stun("stun1.example.net")],
            [ICEServer(urls: ["stun:stun1.example.net", "stun:stun2.example.net:19302"])],
            (0..<32).map { .stun("stun\($0).example.net") },
        ]
        #expect(Configuration().iceServers.isEmpty)
        for list in lists {
            try await bothWays(Configuration(iceServers: list)) { give in
                let kept = try await give().iceServers
                #expect(kept == list)
            }
        }
    }

    @Test(
        "CFG-03 TURN servers with username and credential are kept; the username may be empty or of 509 characters",
        arguments: ["turn:turn.example.org", "turns:turn.example.org"])
    func turn(url: String) async throws {
        for username in ["user", "", String(repeating: "u", count: 509)] {
            let server = ICEServer(urls: [url, "stun:stun.example.org"], username: username, credential: "secret")
            try await bothWays(Configuration(iceServers: [server])) { give in
                let kept = try await give().iceServers
                #expect(kept == [server])
            }
        }
    }

    @Test(
        "CFG-04 a TURN server without username, credential or both is an InvalidAccessError",
        arguments: ["turn:turn.example.org", "turns:turn.example.org"])
    func missingCredentials(url: String) async throws {
        try await bothWays(refuse: [ICEServer(urls: [url])], .invalidAccess)
        try await bothWays(refuse: [ICEServer(urls: [url], username: "user")], .invalidAccess)
        try await bothWays(refuse: [ICEServer(urls: [url], credential: "secret")], .invalidAccess)
        let tooLong = String(repeating: "u", count: 510)
        try await bothWays(refuse: [ICEServer(urls: [url], username: tooLong, credential: "secret")], .invalidAccess)
    }

    @Test(
        "CFG-06 an empty, relative or otherwise schemed URL is a SyntaxError, also behind a good one and before credentials",
        arguments: [
            "", "relative-url", "http://example.com", "stun://example.org", "turn://example.org?transport=udp",
            "turns://example.org",
        ])
    func badURL(url: String) async throws {
        try await bothWays(refuse: [ICEServer(urls: [url])], .syntax)
        try await bothWays(refuse: [ICEServer(urls: ["stun:stun.example.org", url])], .syntax)
        try await bothWays(refuse: [ICEServer(urls: ["turn:turn.example.org", url])], .syntax)
        try await bothWays(refuse: [ICEServer(urls: [])], .syntax)
    }

    @Test(
        "CFG-07 what is not in the grammar of STUN and TURN URIs is a SyntaxError",
        arguments: [
            "stun:", "turn:", "turns:", "stun::3478", "stun:example.org:65536", "turn:example.org:99999",
            "stun:2001:db8::1", "turn:2001:db8::1:3478", "stun:[2001:db8::1", "stun:example.org#fragment",
            "turn:example.org#", "stun:user@example.org", "turn:user:password@example.org", "turn:@example.org",
            "stun:example.org/", "stun:example.org/path", "turn:example.org\\", "stun:example.org\\path",
            "stun:example.org?", "stun:example.org?transport=udp", "stuns:example.org?x", "turn:example.org?",
            "turn:example.org?transport=", "turn:example.org?transport=sctp", "turn:example.org?transport",
            "turn:example.org?other=udp", "turn:example.org?transport=udp&other=x", "turns:example.org?transport=tls",
        ])
    func grammar(url: String) async throws {
        try await bothWays(
            refuse: [ICEServer(urls: [url], username: "user", credential: "secret")], .syntax)
    }

    @Test("CFG-09 a configuration without servers takes the earlier ones away")
    func clearServers() async throws {
        let connection = try PeerConnection(configuration: Configuration(iceServers: [.stun("stun.example.org")]))
        defer { connection.close() }
        try await connection.setConfiguration(Configuration())
        #expect(await connection.getConfiguration().iceServers.isEmpty)
    }

    @Test("CFG-10 bundlePolicy is balanced by default, each value is kept, and only the same may be set again")
    func bundlePolicy() async throws {
        #expect(Configuration().bundlePolicy == .balanced)
        for policy in BundlePolicy.allCases {
            let connection = try PeerConnection(configuration: Configuration(bundlePolicy: policy))
            defer { connection.close() }
            try await connection.setConfiguration(Configuration(bundlePolicy: policy))
            #expect(await connection.getConfiguration().bundlePolicy == policy)
            for other in BundlePolicy.allCases where other != policy {
                await expect(.invalidModification) {
                    try await connection.setConfiguration(Configuration(bundlePolicy: other))
                }
            }
        }
    }

    @Test("CFG-12 there is no bundlePolicy but the three")
    func unknownBundlePolicy() {
        #expect(BundlePolicy.allCases.map(\.rawValue) == ["balanced", "max-compat", "max-bundle"])
        #expect(BundlePolicy(rawValue: "") == nil && BundlePolicy(rawValue: "bogus") == nil)
    }

    @Test("CFG-13 rtcpMuxPolicy is require by default; negotiate is a NotSupportedError, and others there are none")
    func muxPolicy() async throws {
        #expect(Configuration().rtcpMuxPolicy == .require)
        await expect(.notSupported) {
            _ = try PeerConnection(configuration: Configuration(rtcpMuxPolicy: .negotiate))
        }
        #expect(RTCPMuxPolicy(rawValue: "") == nil && RTCPMuxPolicy(rawValue: "bogus") == nil)
    }

    @Test("CFG-14 another rtcpMuxPolicy is an InvalidModificationError, the default is not")
    func changedMuxPolicy() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        try await connection.setConfiguration(Configuration())
        try await connection.setConfiguration(Configuration(rtcpMuxPolicy: .require))
        await expect(.invalidModification) {
            try await connection.setConfiguration(Configuration(rtcpMuxPolicy: .negotiate))
        }
        #expect(await connection.getConfiguration().rtcpMuxPolicy == .require)
    }

    @Test("CFG-16 iceCandidatePoolSize is 0 by default, 0 to 255 are kept and anything else is a TypeError")
    func poolSize() async throws {
        #expect(Configuration().iceCandidatePoolSize == 0)
        for size in [0, 255] {
            try await bothWays(Configuration(iceCandidatePoolSize: size)) { give in
                let kept = try await give().iceCandidatePoolSize
                #expect(kept == size)
            }
        }
        for size in [-1, 256] {
            try await bothWays(Configuration(iceCandidatePoolSize: size)) { give in
                await expect(.type) { _ = try await give() }
            }
        }
    }

    @Test("CFG-16 another iceCandidatePoolSize is an InvalidModificationError once there is a local description")
    func lateSizeChange() async throws {
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        defer { connection.close() }
        _ = try await connection.createDataChannel("data")
        try await connection.setLocalDescription()
        var configuration = await connection.getConfiguration()
        try await connection.setConfiguration(configuration)
        configuration.iceCandidatePoolSize = 1
        await expect(.invalidModification) { try await connection.setConfiguration(configuration) }
        configuration.iceCandidatePoolSize = 256
        await expect(.type) { try await connection.setConfiguration(configuration) }
    }

    @Test("CFG-23 a configuration with one invalid member changes nothing")
    func atomic() async throws {
        let before = Configuration(iceServers: [.stun("stun.example.org")], iceTransportPolicy: .all)
        let connection = try PeerConnection(configuration: before)
        defer { connection.close() }
        await expect(.syntax) {
            try await connection.setConfiguration(
                Configuration(
                    iceServers: [.stun("other.example.org"), ICEServer(urls: ["bogus"])], iceTransportPolicy: .relay,
                    iceCandidatePoolSize: 3))
        }
        let after = await connection.getConfiguration()
        #expect(after.iceServers == before.iceServers)
        #expect(after.iceTransportPolicy == .all && after.iceCandidatePoolSize == 0)
    }

    @Test("CFG-24 the certificate that is made for want of another is no part of the configuration")
    func certificates() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        #expect(await connection.getConfiguration().certificates.isEmpty)
    }

    @Test("what is fixed from the start is named by the error that refuses to change it")
    func fixedMembers() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        let changes: [(String, @Sendable (inout Configuration) -> Void)] = [
            ("maxMessageSize", { $0.maxMessageSize += 1 }),
            ("sendBufferLimit", { $0.sendBufferLimit += 1 }),
            ("receiveBufferLimit", { $0.receiveBufferLimit += 1 }),
            ("unreadLimit", { $0.unreadLimit += 1 }),
            ("sctp", { $0.sctp.sendBuffer += 1 }),
            ("maxChannels", { $0.maxChannels += 1 }),
            ("ice.portRange", { $0.ice.portRange = 50_000...50_100 }),
            ("ice.includesLoopback", { $0.ice.includesLoopback.toggle() }),
            ("ice.includesIPv6", { $0.ice.includesIPv6.toggle() }),
            ("ice.tcpCandidates", { $0.ice.tcpCandidates.toggle() }),
            ("ice.pacTimer", { $0.ice.pacTimer += .seconds(1) }),
            ("ice.checkInterval", { $0.ice.checkInterval += .milliseconds(1) }),
        ]
        for (member, change) in changes {
            var configuration = await connection.getConfiguration()
            change(&configuration)
            do {
                try await connection.setConfiguration(configuration)
                Issue.record("\(member) was changed")
            } catch {
                #expect(error.code == .invalidModification && error.message.contains(" \(member) "))
            }
        }
        var configuration = await connection.getConfiguration()
        configuration.ice.restartTimeout = .seconds(5)
        try await connection.setConfiguration(configuration)
        #expect(await connection.getConfiguration().ice.restartTimeout == .seconds(5))
    }

    @Test("a closed connection still shows its configuration, and takes no other")
    func closed() async throws {
        let connection = try PeerConnection(configuration: Configuration(iceServers: [.stun("stun.example.org")]))
        connection.close()
        #expect(await connection.getConfiguration().iceServers == [.stun("stun.example.org")])
        await expect(.invalidState) { try await connection.setConfiguration(Configuration()) }
    }
}
