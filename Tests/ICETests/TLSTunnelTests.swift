import Foundation
import TestSupport
import Testing
import TransportTypes

@testable import ICE
@testable import NetworkLoop

@Suite("the TLS tunnel", .serialized, .needsOpenSSL, .timeLimit(.minutes(1)))
struct TLSTunnelTests {
    /// A TLS server that sends each line back, reversed; with the line CLOSE it ends the
    /// connection.
    private static func server(
        _ certificates: TestCertificates, names: String, options: [String] = []
    ) async throws -> (process: LineProcess, address: TransportAddress) {
        let own = try certificates.issue(names)
        let process = try LineProcess(
            "openssl s_server", "/usr/bin/stdbuf",
            [
                "-oL", TestCertificates.openssl, "s_server", "-accept", "127.0.0.1:0", "-cert", own.certificate, "-key",
                own.key, "-rev",
            ] + options,
            isQuiet: true)
        let place = try await process.line("ACCEPT").text
        let port = try #require(place.split(separator: ":").last.flatMap { UInt16($0) })
        return (process, try #require(TransportAddress("127.0.0.1", port: port)))
    }

    private static func stop(_ process: LineProcess) async {
        process.send(signal: SIGKILL)
        _ = await process.end()
    }

    /// What becomes of a tunnel to a server with a certificate for these names.
    private func failure(
        names: String, host: String, trusts: Bool = true, options: [String] = []
    ) async throws -> String {
        let certificates = try TestCertificates()
        let (server, address) = try await Self.server(certificates, names: names, options: options)
        let roots = trusts ? try TLSRoots(file: certificates.authority) : .system
        let end = TunnelEnd(to: address, host: host, roots: roots)
        await end.connect()
        end.send("hello\n")
        await end.wait { !$0.failures.isEmpty || !$0.received.isEmpty }
        let failure = try await on(end.loop) { end.failures.first ?? "" }
        if !failure.isEmpty { await end.wait { $0.isOver } }
        await end.close()
        await Self.stop(server)
        return failure
    }

    @Test(
        "a server with a certificate for the URL's name or address is believed, and asked for what the connection is for",
        arguments: [("DNS:localhost", "localhost"), ("DNS:localhost", "localhost."), ("IP:127.0.0.1", "127.0.0.1")])
    func believed(names: String, host: String) async throws {
        let certificates = try TestCertificates()
        let (server, address) = try await Self.server(certificates, names: names, options: ["-alpn", "stun.turn"])
        let end = TunnelEnd(to: address, host: host, roots: try TLSRoots(file: certificates.authority))
        await end.connect()
        end.send("hello\n")
        await end.wait { $0.received == Array("olleh\n".utf8) }
        try await server.heard("ALPN protocols selected: stun.turn")
        await end.close()
        await Self.stop(server)
    }

    @Test("a certificate for another name, another address, or for part of a label is refused by name")
    func otherName() async throws {
        for (names, host) in [
            ("DNS:turn.example.org", "localhost"), ("DNS:localhost,IP:127.0.0.2", "127.0.0.1"),
            ("DNS:t*n.example.org", "turn.example.org"),
        ] {
            let text = try await failure(names: names, host: host)
            #expect(text.contains("is not for \(host)"), "\(text)")
        }
    }

    @Test("an authority that is not known is refused, with what to set")
    func untrusted() async throws {
        let text = try await failure(names: "DNS:localhost", host: "localhost", trusts: false)
        #expect(text.contains("not trusted") && text.contains("ICESettings.tlsRoots"), "\(text)")
    }

    @Test("TLS 1.1 is refused")
    func oldVersion() async throws {
        let text = try await failure(
            names: "DNS:localhost", host: "localhost", options: ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        #expect(text.contains("TLS 1.2"), "\(text)")
    }

    @Test("what a slow reader leaves waiting arrives whole and in order")
    func slowReader() async throws {
        let certificates = try TestCertificates()
        let (server, address) = try await Self.server(certificates, names: "DNS:localhost")
        let end = TunnelEnd(to: address, host: "localhost", roots: try TLSRoots(file: certificates.authority))
        await end.connect()
        let line = (0..<999).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        let count = 6000
        end.loop.post { end.isReading = false }
        end.send([UInt8](repeatElement(line + [10], count: count).joined()))
        // What the server has sent back by then has nowhere to go but into the system's buffers.
        await end.wait { $0.written >= 1_000_000 }
        end.loop.post { end.isReading = true }
        await end.wait { $0.received.count == count * 1000 }
        let expected = line.reversed() + [10]
        let received = try await on(end.loop) { end.received }
        for start in stride(from: 0, to: received.count, by: 1000)
        where Array(received[start..<start + 1000]) != expected {
            Issue.record("line \(start / 1000) arrived changed")
            break
        }
        await end.close()
        await Self.stop(server)
    }

    @Test("the server's orderly end, its death, and its silence after the client's end all end the connection")
    func ends() async throws {
        for how in ["close", "kill", "client"] {
            let certificates = try TestCertificates()
            let (server, address) = try await Self.server(certificates, names: "DNS:localhost")
            let end = TunnelEnd(to: address, host: "localhost", roots: try TLSRoots(file: certificates.authority))
            await end.connect()
            end.send("hello\n")
            await end.wait { $0.received.count == 6 }
            switch how {
            case "close": end.send("CLOSE\n")
            case "kill": server.send(signal: SIGKILL)
            default: end.endOutput()
            }
            await end.wait { $0.isOver }
            await end.close()
            await Self.stop(server)
        }
    }

    @Test("the time for the handshake is over with it: a connection that rests for longer goes on")
    func rests() async throws {
        let certificates = try TestCertificates()
        let (server, address) = try await Self.server(certificates, names: "DNS:localhost")
        let end = TunnelEnd(to: address, host: "localhost", roots: try TLSRoots(file: certificates.authority))
        await end.connect()
        end.send("hello\n")
        await end.wait { $0.received.count == 6 }
        await end.pause(TLSTunnel.timeout + .milliseconds(500))
        end.send("again\n")
        await end.wait { $0.received == Array("olleh\nniaga\n".utf8) || $0.isOver }
        #expect(try await on(end.loop) { !end.isOver && end.failures.isEmpty })
        await end.close()
        await Self.stop(server)
    }

    @Test(
        "a server that has stopped stops the client while there is too much for it, and is left a while after the client",
        arguments: [true, false])
    func stoppedServer(sends: Bool) async throws {
        let certificates = try TestCertificates()
        let (server, address) = try await Self.server(certificates, names: "DNS:localhost")
        let end = TunnelEnd(to: address, host: "localhost", roots: try TLSRoots(file: certificates.authority))
        await end.connect()
        end.send("hello\n")
        await end.wait { $0.received.count == 6 }
        server.send(signal: SIGSTOP)
        if sends {
            // More than the system's buffers take.
            end.send([UInt8](repeating: UInt8(ascii: "a"), count: 32 << 20))
            await end.wait { $0.written >= 1 << 20 }
            await end.pause(.seconds(1))
            let waiting = try await on(end.loop) { end.tunnel?.waitingBytes ?? 0 }
            // One read more than the limit, inside of TLS.
            #expect(waiting > 0 && waiting < ByteQueue.limit + (32 << 10))
        } else {
            end.endOutput()
            await end.wait { $0.isOver }
        }
        await end.close()
        await Self.stop(server)
    }

    @Test("a server that is not there is reported")
    func nobody() async throws {
        let free = try FakeSTUNServer.silentPort()
        defer { close(free.descriptor) }
        // The port is taken for UDP, and nobody listens on it for TCP.
        let address = try #require(TransportAddress("127.0.0.1", port: free.port))
        let end = TunnelEnd(to: address, host: "localhost", roots: .system)
        await end.connect()
        await end.wait { $0.isOver && $0.failures.count == 1 }
        #expect(try await on(end.loop) { end.failures.first?.contains("connection refused") } == true)
        #expect(try await on(end.loop) { end.tunnel?.connectionCount } == 0)
        await end.close()
    }

    @Test("another process gets no further than to a closed connection")
    func otherProcess() async throws {
        let certificates = try TestCertificates()
        let (server, address) = try await Self.server(certificates, names: "DNS:localhost")
        let end = TunnelEnd(to: address, host: "localhost", roots: try TLSRoots(file: certificates.authority))
        let port = try #require(try await on(end.loop) { end.tunnel?.address?.port })
        let stranger = try LineProcess(
            "stranger", "/bin/bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port); echo hello >&3; cat <&3; echo over"],
            isQuiet: true)
        _ = try await stranger.line("over")
        #expect(stranger.lines == ["over"])
        _ = await stranger.end()
        // The server still takes the first connection that it sees, ours.
        await end.connect()
        end.send("hello\n")
        await end.wait { $0.received.count == 6 }
        await end.close()
        await Self.stop(server)
    }

    @Test("a tunnel stops reading from the server while its own end takes nothing")
    func stoppedReader() async throws {
        let certificates = try TestCertificates()
        let (server, address) = try await Self.server(certificates, names: "DNS:localhost")
        let end = TunnelEnd(to: address, host: "localhost", roots: try TLSRoots(file: certificates.authority))
        await end.connect()
        end.loop.post { end.isReading = false }
        let line = [UInt8](repeating: UInt8(ascii: "a"), count: 999) + [10]
        end.send([UInt8](repeatElement(line, count: 32_000).joined()))
        await end.wait { ($0.tunnel?.waitingBytes ?? 0) >= ByteQueue.limit }
        await end.pause(.seconds(1))
        let waiting = try await on(end.loop) { end.tunnel?.waitingBytes ?? 0 }
        // Both ways.
        #expect(waiting < 2 * (ByteQueue.limit + (32 << 10)))
        await end.close()
        await Self.stop(server)
    }

    @Test("roots that are no certificates are refused, in words")
    func invalidRoots() throws {
        let certificates = try TestCertificates()
        let good = try #require(FileManager.default.contents(atPath: certificates.authority))
        let twice = try TLSRoots(pem: good + good)
        #expect(twice != .system)
        #expect(try TLSRoots(pem: good) == TLSRoots(file: certificates.authority))
        for bad in [
            Data(), Data("hello".utf8), good.dropLast(60), good + Data("-----BEGIN CERTIFICATE-----\nAAAA\n".utf8),
        ] {
            let error = #expect(throws: ICEError.self) { try TLSRoots(pem: bad) }
            #expect(error?.code == .invalidConfiguration)
        }
        let missing = #expect(throws: ICEError.self) { try TLSRoots(file: "/nowhere") }
        #expect(missing?.message.contains("/nowhere") == true)
    }
}
