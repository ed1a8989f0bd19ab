import Backplane
import InMemoryLogging
import Logging
import Signaling
import TestSupport
import Testing

@Suite(
    "whom Redis lets in, and whom we believe", .serialized, .enabled(if: RedisProcess.isExpected),
    .timeLimit(.minutes(2)))
struct AccessTests {
    private static func configuration(
        _ redis: RedisProcess, user: String? = nil, password: String? = nil, host: String = "127.0.0.1",
        tls: RedisTLS? = nil
    ) -> RedisConfiguration {
        RedisConfiguration(host: host, port: redis.port, username: user, password: password, tls: tls)
    }

    @Test("the right password lets in, by the default user and by one of an ACL")
    func right() async throws {
        let redis = try await RedisProcess([
            "requirepass secret-of-test",
            "user rtc on >other-secret resetchannels &swift-webrtc:* -@all +auth +role +ping +publish +subscribe",
        ])
        for configuration in [
            Self.configuration(redis, password: "secret-of-test"),
            Self.configuration(redis, user: "rtc", password: "other-secret"),
            try RedisConfiguration(url: "redis://rtc:other%2Dsecret@127.0.0.1:\(redis.port)/3"),
        ] {
            let anna = try await Party(configuration, as: "anna")
            try await anna.log.connected()
            await anna.backplane.leave()
        }
    }

    @Test("a wrong password, and none, are said, and the password is in no line")
    func wrong() async throws {
        let redis = try await RedisProcess(["requirepass secret-of-test"])
        let lines = InMemoryLogHandler()
        var configuration = Self.configuration(redis, password: "wrong-one")
        configuration.logger = Logger(label: "test") { _ in lines }
        configuration.logger.logLevel = .trace
        let anna = try await Party(configuration, as: "anna")
        try await anna.log.degraded("WRONGPASS")
        #expect(!anna.backplane.send([1], to: nil))
        await anna.backplane.leave()
        let ben = try await Party(Self.configuration(redis), as: "ben")
        try await ben.log.degraded("NOAUTH")
        await ben.backplane.leave()
        #expect(!lines.entries.isEmpty)
        #expect(!"\(lines.entries) \(anna.log.events) \(configuration)".contains("wrong-one"))
        var text = ""
        dump(configuration, to: &text)
        #expect(!text.contains("wrong-one"))
    }

    @Test("a user that may not use the channels is told so")
    func noChannels() async throws {
        let redis = try await RedisProcess(["user rtc on >x resetchannels &elsewhere:* +@all"])
        let anna = try await Party(Self.configuration(redis, user: "rtc", password: "x"), as: "anna")
        try await anna.log.degraded("NOPERM")
        await anna.backplane.leave()
    }

    @Test(
        "over TLS: roots of our own and a pinned certificate are believed, others are refused",
        .enabled("no openssl") { !TestCertificates.isMissing || TestProgram.isCI })
    func tls() async throws {
        let certificates = try TestCertificates()
        let issued = try certificates.issue("DNS:localhost,IP:127.0.0.1")
        let port = try await RedisProcess.freePort()
        let redis = try await RedisProcess(
            port: port,
            [
                "port 0", "tls-port \(port)", "tls-cert-file \(issued.certificate)", "tls-key-file \(issued.key)",
                "tls-ca-cert-file \(certificates.authority)", "tls-auth-clients no",
            ])
        let output = try await TestProgram.run([
            "openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", issued.certificate,
        ]).output
        let fingerprint = String(try #require(output.split(separator: "=").last).prefix { $0 != "\n" })
        for (host, tls) in [
            ("localhost", RedisTLS.roots(pemFile: certificates.authority)),
            ("127.0.0.1", .roots(pemFile: certificates.authority)), ("127.0.0.1", .pinned(fingerprint.lowercased())),
        ] {
            let anna = try await Party(Self.configuration(redis, host: host, tls: tls), as: "anna")
            let ben = try await Party(Self.configuration(redis, host: host, tls: tls), as: "ben")
            try await anna.log.connected()
            try await ben.log.connected()
            #expect(anna.backplane.send([7], to: "ben"))
            #expect(try await ben.log.messages(1) == [[7]])
            await anna.backplane.leave()
            await ben.backplane.leave()
        }
        let other = fingerprint.hasPrefix("AA") ? "BB" + fingerprint.dropFirst(2) : "AA" + fingerprint.dropFirst(2)
        for (tls, reason) in [
            (RedisTLS.pinned(other), fingerprint), (.system, "authority"), (nil, "Redis"),
        ] as [(RedisTLS?, String)] {
            let anna = try await Party(Self.configuration(redis, tls: tls), as: "anna")
            try await anna.log.degraded(reason)
            #expect(!anna.log.events.contains { $0.isConnected })
            await anna.backplane.leave()
        }
    }

    @Test("TLS with a Redis that does not speak it, and what no setting can mean")
    func settings() async throws {
        let redis = try await RedisProcess()
        var secure = Self.configuration(redis, tls: .system)
        secure.connectTimeout = .milliseconds(300)
        let anna = try await Party(secure, as: "anna")
        try await anna.log.degraded("does it speak TLS?")
        await anna.backplane.leave()
        for configuration in [
            Self.configuration(redis, tls: .pinned("AB:CD")), Self.configuration(redis, tls: .roots(pemFile: "/none")),
            Self.configuration(redis, host: ""), RedisConfiguration(host: "a", port: 0),
            RedisConfiguration(sentinels: [], master: "m"),
            RedisConfiguration(sentinels: [RedisEndpoint(host: "a")], master: ""),
            redis.configuration { $0.prefix = "a b" }, redis.configuration { $0.queueLimit = 0 },
            redis.configuration { $0.pingInterval = .zero },
        ] {
            await #expect {
                try await RedisBackplane(configuration: configuration).join(as: "anna") { _ in }
            } throws: { ($0 as? SignalingError)?.code == .invalidConfiguration }
        }
        await #expect {
            try await RedisBackplane(configuration: redis.configuration()).join(as: "") { _ in }
        } throws: { ($0 as? SignalingError)?.code == .invalidConfiguration }
    }
}
