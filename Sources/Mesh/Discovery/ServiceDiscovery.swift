internal import Discovery
package import Logging
internal import MulticastDNS

/// Finds nodes over mDNS; without a daemon, those of this machine.
package actor ServiceDiscovery: PeerDiscovery {
    private let serviceType: String
    private let configuration: DiscoveryConfiguration
    private var browser: ServiceBrowser?
    private var advertisement: ServiceAdvertisement?
    private var isStopped = false

    package init(serviceType: String, logger: Logger) {
        self.serviceType = serviceType
        configuration = DiscoveryConfiguration(logger: logger)
    }

    package func browse(_ report: @Sendable (DiscoveryReport) async -> Void) async {
        let browser: ServiceBrowser
        do throws(DiscoveryError) {
            browser = try ServiceBrowser(type: serviceType, configuration: configuration)
        } catch {
            await report(.notice(error.message))
            return
        }
        guard !isStopped, self.browser == nil else {
            browser.stop()
            return
        }
        self.browser = browser
        for await event in browser { await report(Self.report(event)) }
    }

    package func advertise(name: String, port: UInt16, txt: [String: String]) async -> String? {
        let former = advertisement
        advertisement = nil
        await former?.stop()
        do throws(DiscoveryError) {
            let new = try ServiceAdvertisement(
                name: name, type: serviceType, port: port, txt: txt, configuration: configuration)
            guard !isStopped else { return nil }
            advertisement = new
            try await new.start()
            guard let error = new.daemonError else { return nil }
            return "only nodes on this machine are found: \(error.message)"
        } catch {
            return error.code == .stopped ? nil : error.message
        }
    }

    package func stop() async {
        isStopped = true
        browser?.stop()
        await advertisement?.stop()
    }

    /// The instance name of a node. Part of the id keeps names apart, so that no announcement waits
    /// for a conflict to be settled (RFC 6762 §9); 63 bytes are allowed (RFC 6763 §4.1.1).
    package static func instanceName(for displayName: String, id: PeerID) -> String {
        var name = displayName
        while name.utf8.count > 50 { name.removeLast() }
        return "\(name) \(id.text.prefix(8))"
    }

    private static func report(_ event: ServiceEvent) -> DiscoveryReport {
        switch event {
        case .found(let service), .changed(let service):
            let isSameHost = service.source == .registry || HostNetwork.isThisHost(service.addresses)
            // The server listens on every address, and loopback is there even when others change.
            let hosts = (isSameHost ? ["127.0.0.1"] : []) + service.addresses.filter { $0 != "127.0.0.1" }
            return .seen(
                name: service.name, txt: service.txt,
                endpoint: ServerEndpoint(hosts: hosts, port: service.port, isSameHost: isSameHost))
        case .lost(let service): return .lost(name: service.name)
        }
    }
}
