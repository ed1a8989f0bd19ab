import Crypto
import Foundation
import NIOSSL
import TestSupport
import Testing
import X509

@testable import Signaling

@Suite("which servers a client of wss: believes", .serialized, .timeLimit(.minutes(1)))
struct TLSTrustTests {
    private let folder: TestFolder
    private let authority: TestAuthority

    init() throws {
        folder = try TestFolder()
        authority = try TestAuthority()
        try folder.replace(authority.certificate, "roots.pem")
    }

    private var roots: ClientTLS { .roots(pemFile: folder.path("roots.pem")) }

    /// What becomes of a client that connects to a server with this certificate.
    private func outcome(
        _ server: ServerTLS, _ client: ClientTLS, host: String = "localhost"
    ) async throws -> SignalingError? {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tls: server))
        let port = try await server.start()
        defer { Task { await server.stop() } }
        do throws(SignalingError) {
            let client = try await SignalingClient.connect(
                to: "wss://\(host):\(port)/ws", configuration: .init(tls: client))
            try await client.register(Registration(peerID: CoreDriver.ann, peerType: .display, displayName: "x"))
            var messages = client.messages.makeAsyncIterator()
            guard case .peerList? = try await messages.next(isolation: nil) else {
                return SignalingError(.invalidMessage, "there is no list")
            }
            await client.close()
            return nil
        } catch {
            return error
        }
    }

    @Test("a self-made certificate is believed when it is pinned, whatever the name, and its digest in either case")
    func pinned() async throws {
        let server = try ServerTLS.selfMade(names: ["elsewhere.example"])
        let fingerprint = try #require(server.fingerprint)
        #expect(fingerprint.count == 95 && fingerprint == fingerprint.uppercased())
        #expect(try await outcome(server, .pinned(fingerprint)) == nil)
        #expect(try await outcome(server, .pinned(fingerprint.lowercased()), host: "127.0.0.1") == nil)
    }

    @Test("of two pinned certificates either is believed")
    func pinnedTwo() async throws {
        let servers = try [ServerTLS.selfMade(names: ["a"]), ServerTLS.selfMade(names: ["a"])]
        let both = ClientTLS.pinned(servers.compactMap(\.fingerprint))
        for server in servers { #expect(try await outcome(server, both) == nil) }
    }

    @Test("a certificate of a trusted authority that is not the pinned one is refused, and the error says which it is")
    func wrongPin() async throws {
        let server = try ServerTLS.selfMade(names: ["localhost"])
        let other = try #require(try ServerTLS.selfMade(names: ["localhost"]).fingerprint)
        let error = try await outcome(server, .pinned(other))
        #expect(error?.code == .certificateNotPinned)
        #expect(error?.message.contains(try #require(server.fingerprint)) == true, "\(String(describing: error))")
        let issued = try authority.issue(["localhost"])
        #expect(try await outcome(try folder.tls(issued), .pinned(other))?.code == .certificateNotPinned)
    }

    @Test("to a server that is not believed not one byte of a request is sent")
    func nothingSent() async throws {
        let issued = try authority.issue(["other.example"])
        for trust in [roots, .system, .pinned(CertificateFingerprint.of([]))] {
            var listener = try await RawListener(tls: try RawTLS.server(issued))
            let port = listener.port
            async let failure = SignalingClient.failure(to: "wss://localhost:\(port)", trust)
            var peer = try await listener.accept()
            #expect(await peer.rest() == "")
            #expect(await failure != nil)
            await listener.close()
        }
    }

    @Test("a pinned certificate is believed when its time is over")
    func pinnedExpired() async throws {
        let issued = try authority.issue([], times: -7200 ... -3600)
        #expect(try await outcome(try folder.tls(issued), .pinned(issued.fingerprint)) == nil)
    }

    @Test(
        "one of our own authority is believed for its names and addresses",
        arguments: [
            (["localhost"], "localhost"), (["LocalHost"], "localhost"), (["localhost"], "LOCALHOST"),
            (["a.example", "localhost"], "localhost"), (["127.0.0.1"], "127.0.0.1"),
            (["::1", "127.0.0.1"], "127.0.0.1"),
        ])
    func ownRoots(names: [String], host: String) async throws {
        #expect(try await outcome(try folder.tls(try authority.issue(names)), roots, host: host) == nil)
    }

    @Test(
        "and not for others: neither an address for a name, nor a common name",
        arguments: [
            (["a.example"], "localhost"), (["127.0.0.1"], "localhost"), (["localhost"], "127.0.0.1"),
            (["127.0.0.2"], "127.0.0.1"), (["*"], "localhost"), ([], "localhost"),
        ])
    func otherName(names: [String], host: String) async throws {
        let issued = try authority.issue(names, commonName: "localhost")
        let error = try await outcome(try folder.tls(issued), roots, host: host)
        #expect(error?.code == .certificateForOtherName, "\(String(describing: error))")
        #expect(error?.message.contains(names.first ?? "no name at all") == true)
        #expect(error?.message.contains(issued.fingerprint) == true)
    }

    @Test("an asterisk is one label, the first")
    func wildcards() throws {
        func isFor(_ presented: String, _ host: String) -> Bool {
            ServerIdentity(host: host).isAmong([.dnsName(presented)])
        }
        #expect(isFor("*.example.org", "a.example.org") && isFor("*.example.org", "A.Example.org."))
        for host in ["example.org", "a.b.example.org", ".example.org", "a.example.com", "192.0.2.7"] {
            #expect(!isFor("*.example.org", host))
        }
        #expect(!isFor("a*.example.org", "ab.example.org") && !isFor("b.*.org", "b.example.org"))
    }

    @Test(
        "the bytes of an address are those that its text has, and back",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("[::]", "::"), ("[::1]", "::1"), ("[fe80::1%25eth0]", "fe80::1"),
            ("[2001:db8:0:0:1:2:3:ff]", "2001:db8::1:2:3:ff"), ("[1:2:3:4:5:6:7:8]", "1:2:3:4:5:6:7:8"),
            ("[::ffff:192.0.2.7]", "192.0.2.7"), ("[::192.0.2.7]", "::192.0.2.7"), ("[1::]", "1::"),
        ])
    func addressBytes(text: String, shortest: String) throws {
        let bytes = try #require(Authority(text)?.addressBytes)
        #expect(bytes.count == (shortest.contains(":") ? 16 : 4))
        #expect(Authority.text(addressBytes: bytes) == shortest)
    }

    @Test("an expired certificate, and one whose time has not come, are refused with the time")
    func times() async throws {
        let expired = try await outcome(
            try folder.tls(try authority.issue(["localhost"], times: -86_400 ... -7200)), roots)
        #expect(expired?.code == .certificateExpired && expired?.message.contains("expired on 20") == true)
        let early = try await outcome(
            try folder.tls(try authority.issue(["localhost"], times: 3600...7200)), roots)
        #expect(early?.code == .certificateExpired && early?.message.contains("clock") == true)
    }

    @Test("one of an unknown authority, and a self-made one, are refused with their fingerprint")
    func untrusted() async throws {
        let issued = try TestAuthority("Another").issue(["localhost"])
        let other = try await outcome(try folder.tls(issued), roots)
        #expect(other?.code == .certificateUntrusted && other?.message.contains(issued.fingerprint) == true)
        let own = try ServerTLS.selfMade(names: ["localhost"])
        let selfMade = try await outcome(own, .system)
        #expect(selfMade?.code == .certificateUntrusted)
        #expect(selfMade?.message.contains(try #require(own.fingerprint)) == true)
    }

    @Test("one that is for clients is none of a server's")
    func wrongUsage() async throws {
        let issued = try authority.issue(["localhost"], isForServers: false)
        #expect(try await outcome(try folder.tls(issued), roots)?.code == .certificateUntrusted)
    }

    @Test("a self-made certificate may be a root of its own, for its names")
    func selfMadeRoot() async throws {
        let made = try SelfMadeCertificate(names: ["localhost", "127.0.0.1"], validFor: .seconds(60), now: .now)
        let pem = try NIOSSLCertificate(bytes: made.certificate, format: .der)
        let base64 = Data(try pem.toDERBytes()).base64EncodedString()
        try folder.replace("-----BEGIN CERTIFICATE-----\n\(base64)\n-----END CERTIFICATE-----\n", "own.pem")
        let server = ServerTLS(source: .selfMade(made))
        for host in ["localhost", "127.0.0.1"] {
            let error = try await outcome(server, .roots(pemFile: folder.path("own.pem")), host: host)
            #expect(error == nil, "\(String(describing: error))")
        }
        #expect(pem.notValidAfter - pem.notValidBefore == 3660)
    }

    @Test("roots that are no file, and a file that has none, are an error with the path")
    func badRoots() async throws {
        let server = try ServerTLS.selfMade(names: ["localhost"])
        let empty = try folder.replace("no certificate", "empty.pem")
        for path in [folder.path("missing.pem"), empty] {
            let error = try await outcome(server, .roots(pemFile: path))
            #expect(error?.code == .invalidConfiguration && error?.message.contains(path) == true)
        }
    }

    @Test("a server without TLS, and one that hangs up, are errors that say so")
    func noTLS() async throws {
        let plain = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0))
        let port = try await plain.start()
        let error = await #expect(throws: SignalingError.self) {
            try await SignalingClient.connect(to: "wss://127.0.0.1:\(port)")
        }
        #expect(error?.code == .tlsFailed && error?.message.contains("ws:") == true, "\(String(describing: error))")
        await plain.stop()
        var listener = try await RawListener()
        let other = listener.port
        async let failure = SignalingClient.failure(to: "wss://127.0.0.1:\(other)", .system)
        await (try await listener.accept()).close()
        let hungUp = await failure
        // What was not read yet makes the end a broken connection.
        #expect([.tlsFailed, .connectionFailed].contains(hungUp?.code), "\(String(describing: hungUp))")
        await listener.close()
    }

    @Test("a server that accepts and says nothing holds a client of TLS no longer than its time")
    func silentServer() async throws {
        let listener = try await HTTPProbe.silentListener()
        let error = await #expect(throws: SignalingError.self) {
            try await SignalingClient.connect(
                to: "wss://127.0.0.1:\(listener.port)", configuration: .init(connectTimeout: .milliseconds(200)))
        }
        #expect(error?.code == .timedOut, "\(String(describing: error))")
        try await listener.close()
    }

    @Test("names are told to the server, addresses are not (RFC 6066 §3)")
    func serverName() {
        #expect(ServerIdentity(host: "Chat.example.org.").name == "chat.example.org")
        for address in ["192.0.2.7", "::1", "fe80::1%eth0"] { #expect(ServerIdentity(host: address).name == nil) }
    }

    @Test("a client that reconnects goes on over a server's new pinned certificate")
    func reconnecting() async throws {
        let tls = try [ServerTLS.selfMade(names: ["a"]), ServerTLS.selfMade(names: ["a"])]
        var server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tls: tls[0]))
        let port = try await server.start()
        let client = try ReconnectingSignalingClient(
            url: "wss://127.0.0.1:\(port)",
            registration: .init(peerID: CoreDriver.ann, peerType: .display, displayName: "x"),
            configuration: .init(tls: .pinned(tls.compactMap(\.fingerprint))),
            backoff: .init(initial: .milliseconds(10), maximum: .milliseconds(50)))
        var events = client.events.makeAsyncIterator()
        #expect(await events.next() == .connecting)
        #expect(await events.next() == .connected)
        await server.stop()
        server = SignalingServer(configuration: .init(host: "127.0.0.1", port: port, tls: tls[1]))
        try await server.start()
        var isBack = false
        while !isBack, let event = await events.next() { isBack = event == .connected }
        #expect(isBack)
        await client.close()
        await server.stop()
    }
}
