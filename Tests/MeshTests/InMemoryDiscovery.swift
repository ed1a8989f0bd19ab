import Mesh
import Synchronization

/// Discovery for nodes of one process: what one announces the others see at once.
final class InMemoryDiscovery: PeerDiscovery {
    /// What connects them.
    final class Link: Sendable {
        struct Service: Sendable {
            var port: UInt16
            var txt: [String: String]
        }

        private struct State {
            var services: [String: Service] = [:]
            var browsers: [ObjectIdentifier: AsyncStream<DiscoveryReport>.Continuation] = [:]
        }

        private let state = Mutex(State())

        func browse(_ browser: InMemoryDiscovery) -> AsyncStream<DiscoveryReport> {
            let (stream, feed) = AsyncStream.makeStream(of: DiscoveryReport.self)
            state.withLock { state in
                state.browsers[ObjectIdentifier(browser)] = feed
                for (name, service) in state.services { feed.yield(Self.seen(name, service)) }
            }
            return stream
        }

        func announce(_ name: String, _ service: Service) {
            state.withLock { state in
                state.services[name] = service
                for browser in state.browsers.values { browser.yield(Self.seen(name, service)) }
            }
        }

        func withdraw(_ name: String) {
            state.withLock { state in
                guard state.services.removeValue(forKey: name) != nil else { return }
                for browser in state.browsers.values { browser.yield(.lost(name: name)) }
            }
        }

        func leave(_ browser: InMemoryDiscovery) {
            state.withLock { $0.browsers.removeValue(forKey: ObjectIdentifier(browser)) }?.finish()
        }

        private static func seen(_ name: String, _ service: Service) -> DiscoveryReport {
            .seen(
                name: name, txt: service.txt,
                endpoint: ServerEndpoint(hosts: ["127.0.0.1"], port: service.port, isSameHost: true))
        }
    }

    private let link: Link
    private let name = Mutex<String?>(nil)

    init(_ link: Link) {
        self.link = link
    }

    func browse(_ report: @Sendable (DiscoveryReport) async -> Void) async {
        for await event in link.browse(self) { await report(event) }
    }

    func advertise(name: String, port: UInt16, txt: [String: String]) async -> String? {
        self.name.withLock { $0 = name }
        link.announce(name, Link.Service(port: port, txt: txt))
        return nil
    }

    func stop() async {
        if let name = name.withLock({ $0 }) { link.withdraw(name) }
        link.leave(self)
    }
}
