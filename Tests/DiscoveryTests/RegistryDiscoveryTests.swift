import MulticastDNS
import Discovery
import Testing

@Suite("discovery without a daemon", .timeLimit(.minutes(1)))
struct RegistryDiscoveryTests {
    private let directory = TemporaryDirectory()
    private let type = "_test._tcp"

    private var configuration: DiscoveryConfiguration {
        DiscoveryConfiguration(usesDaemon: false, registryDirectory: directory.path)
    }

    @Test("a browser sees a service come, change and go")
    func lifecycle() async throws {
        let browser = try ServiceBrowser(type: type, configuration: configuration)
        var events = browser.makeAsyncIterator()
        let advertisement = try ServiceAdvertisement(name: "a", type: type, port: 7, configuration: configuration)
        #expect(advertisement.source == nil)
        try await advertisement.start()
        #expect(advertisement.source == .registry)
        let found = try #require(await events.next())
        guard case .found(let service) = found else { throw Unexpected(event: found) }
        #expect(service.port == 7 && service.source == .registry && service.addresses == ["127.0.0.1"])
        try advertisement.update(txt: ["k": "v"])
        let changed = try #require(await events.next())
        guard case .changed(let service) = changed else { throw Unexpected(event: changed) }
        #expect(service.txt == ["k": "v"])
        await advertisement.stop()
        let lost = try #require(await events.next())
        guard case .lost = lost else { throw Unexpected(event: lost) }
        browser.stop()
        browser.stop()
        #expect(await events.next() == nil)
    }

    @Test("a browser that starts later begins with what is there, under names that differ")
    func existing() async throws {
        let advertisements = try (0..<2).map { _ in
            try ServiceAdvertisement(name: "a", type: type, port: 7, configuration: configuration)
        }
        for advertisement in advertisements { try await advertisement.start() }
        #expect(advertisements.map(\.name) == ["a", "a #2"])
        let browser = try ServiceBrowser(type: type, configuration: configuration)
        var events = browser.makeAsyncIterator()
        let names = [await events.next()?.service.name, await events.next()?.service.name]
        #expect(names == ["a", "a #2"])
        for advertisement in advertisements { await advertisement.stop() }
    }

    @Test("a cancelled reader gets nil and the browser goes on")
    func cancellation() async throws {
        let browser = try ServiceBrowser(type: type, configuration: configuration)
        let reader = Task {
            var events = browser.makeAsyncIterator()
            return await events.next()
        }
        reader.cancel()
        #expect(await reader.value == nil)
        let advertisement = try ServiceAdvertisement(name: "a", type: type, port: 7, configuration: configuration)
        try await advertisement.start()
        var events = browser.makeAsyncIterator()
        #expect(await events.next()?.service.name == "a")
    }

    @Test("an advertisement cannot start after its stop, nor with what DNS-SD does not allow")
    func refusals() async throws {
        let advertisement = try ServiceAdvertisement(name: "a", type: type, port: 7, configuration: configuration)
        await advertisement.stop()
        await #expect(throws: DiscoveryError.self) { try await advertisement.start() }
        #expect(throws: DiscoveryError.self) { try ServiceAdvertisement(name: "", type: "_test._tcp", port: 7) }
        #expect(throws: DiscoveryError.self) { try ServiceAdvertisement(name: "a", type: "test", port: 7) }
        #expect(throws: DiscoveryError.self) { try ServiceAdvertisement(name: "a", type: "_test._tcp", port: 0) }
        #expect(throws: DiscoveryError.self) { try ServiceBrowser(type: "x") }
    }
}

struct Unexpected: Error {
    let event: ServiceEvent
}
