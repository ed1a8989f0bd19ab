import MulticastDNS
import Foundation
import Testing

@testable import Discovery

/// These need the mDNS daemon, which `make test` starts. Without it they are skipped; where `CI` is set they fail.
@Suite(
    "discovery through the daemon", .timeLimit(.minutes(1)),
    .enabled("no mDNS daemon runs, or it has no network") { await daemonExpected() })
struct DaemonDiscoveryTests {
    private let type = "_t\(UInt32.random(in: 0...UInt32.max))._tcp"
    private let configuration = DiscoveryConfiguration(usesRegistry: false)

    @Test("the daemon answers")
    func status() async {
        #expect(await daemonStatus() == .running)
    }

    @Test("a browser sees a service come, change and go")
    func lifecycle() async throws {
        let browser = try ServiceBrowser(type: type, configuration: configuration)
        var events = browser.makeAsyncIterator()
        let advertisement = try ServiceAdvertisement(
            name: "Näme. 1", type: type, port: 4711, txt: ["k": "1"], configuration: configuration)
        try await advertisement.start()
        #expect(advertisement.source == .daemon)
        var event = try #require(await events.next())
        guard case .found(let service) = event else { throw Unexpected(event: event) }
        #expect(service.name == "Näme. 1" && service.port == 4711 && service.txt == ["k": "1"])
        #expect(service.source == .daemon && service.host.hasSuffix(".local") && !service.addresses.isEmpty)
        try advertisement.update(txt: ["k": "2"])
        while event.service.txt != ["k": "2"] { event = try #require(await events.next()) }
        guard case .changed = event else { throw Unexpected(event: event) }
        await advertisement.stop()
        while true {
            event = try #require(await events.next())
            if case .lost = event { break }
        }
        browser.stop()
    }

    @Test("the second service of a name gets another one")
    func conflict() async throws {
        let first = try ServiceAdvertisement(name: "same", type: type, port: 1, configuration: configuration)
        let second = try ServiceAdvertisement(name: "same", type: type, port: 2, configuration: configuration)
        try await first.start()
        try await second.start()
        #expect(first.name == "same" && second.name != "same")
        await first.stop()
        await second.stop()
    }

    @Test("a service in registry and daemon is one service, with the daemon's addresses in the end")
    func both() async throws {
        let directory = TemporaryDirectory()
        let configuration = DiscoveryConfiguration(registryDirectory: directory.path)
        let advertisement = try ServiceAdvertisement(name: "a", type: type, port: 7, configuration: configuration)
        try await advertisement.start()
        let browser = try ServiceBrowser(type: type, configuration: configuration)
        var events = browser.makeAsyncIterator()
        var event = try #require(await events.next())
        while event.service.source != .daemon {
            event = try #require(await events.next())
            if case .found = event { throw Unexpected(event: event) }
        }
        await advertisement.stop()
        while true {
            event = try #require(await events.next())
            if case .lost = event { break }
        }
    }

    @Test("this host's .local name is resolved, by the daemon and by our own query", arguments: [true, false])
    func resolve(usesDaemon: Bool) async throws {
        let browser = try ServiceBrowser(type: type, configuration: configuration)
        let advertisement = try ServiceAdvertisement(name: "host", type: type, port: 7, configuration: configuration)
        try await advertisement.start()
        var events = browser.makeAsyncIterator()
        let host = try #require(await events.next()).service.host
        let resolver = LocalNameResolver(daemon: usesDaemon ? MDNSDaemon() : nil)
        let addresses = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<50 { group.addTask { try await resolver.resolve(host.uppercased()) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(addresses.count == 1 && addresses.first?.isEmpty == false)
        await advertisement.stop()
    }
}

/// Whether the tests above are to run: when the daemon answers, or where it is expected to, and has a network to use.
func daemonExpected() async -> Bool {
    guard hasMulticastInterface() else { return false }
    let isRunning = await daemonStatus() == .running
    return isRunning || ProcessInfo.processInfo.environment["CI"] == "true"
}

/// Whether an interface other than the loopback is up and carries multicast. Avahi announces nothing without one.
private func hasMulticastInterface() -> Bool {
    let directory = "/sys/class/net"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.contains { name in
        let text = try? String(contentsOfFile: "\(directory)/\(name)/flags", encoding: .utf8)
        guard let flags = Int((text ?? "").drop { $0 != "x" }.dropFirst().prefix { $0.isHexDigit }, radix: 16) else {
            return false
        }
        return flags & 0x1 != 0 && flags & 0x8 == 0 && flags & 0x1000 != 0  // IFF_UP, IFF_LOOPBACK, IFF_MULTICAST
    }
}
