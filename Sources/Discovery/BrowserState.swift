/// What a browser knows, and what follows from each piece of news. Pure: it names what to do,
/// ``ServiceBrowser`` does it.
struct BrowserState {
    enum Action: Hashable {
        /// Ask the daemon for host, port and TXT record, and keep asking for changes.
        case resolve(name: String, domain: String)
        case stopResolving(name: String)
        /// Look up the addresses of the host.
        case lookUp(name: String, host: String)
        case emit(ServiceEvent)
    }

    private struct Resolved {
        var host: String
        var port: UInt16
        var txt: [String: String]
        var addresses: [String]?  // nil until the lookup has ended
    }

    private struct Entry {
        var domain = "local"
        var sightings: [UInt32: Int] = [:]  // by interface: IPv4 and IPv6 count apart
        var isStale = false
        var resolved: Resolved?
        var registry: Service?
        var announced: Service?
    }

    /// What is beyond this many services is ignored, so that a flood on the link cannot fill the
    /// memory.
    static let maximumServices = 1024

    private let type: String
    private var entries: [String: Entry] = [:]

    init(type: String) {
        self.type = type
    }

    /// A service appeared on, or vanished from, an interface.
    mutating func browsed(added: Bool, name: String, domain: String, interface: UInt32) -> [Action] {
        guard added else { return removed(name, interface: interface) }
        guard entries[name] != nil || entries.count < Self.maximumServices else { return [] }
        var entry = entries[name] ?? Entry()
        let isNew = entry.sightings.isEmpty
        entry.sightings[interface, default: 0] += 1
        entry.domain = domain
        entry.isStale = false
        entries[name] = entry
        return isNew ? [.resolve(name: name, domain: domain)] : []
    }

    private mutating func removed(_ name: String, interface: UInt32) -> [Action] {
        guard let count = entries[name]?.sightings[interface] else { return [] }
        entries[name]?.sightings[interface] = count > 1 ? count - 1 : nil
        guard entries[name]?.sightings.isEmpty == true else { return [] }
        entries[name]?.resolved = nil
        return [.stopResolving(name: name)] + refresh(name)
    }

    /// The daemon resolved a service, for the first time or anew.
    mutating func resolved(name: String, host: String, port: UInt16, txt: [String: String]) -> [Action] {
        guard let entry = entries[name], !entry.sightings.isEmpty else { return [] }
        let known = entry.resolved?.host == host ? entry.resolved?.addresses : nil
        entries[name]?.resolved = Resolved(host: host, port: port, txt: txt, addresses: known)
        return [.lookUp(name: name, host: host)] + refresh(name)
    }

    /// The lookup of a host ended; no addresses when it failed.
    mutating func lookedUp(name: String, host: String, addresses: [String]) -> [Action] {
        guard let resolved = entries[name]?.resolved, resolved.host == host else { return [] }
        // A failed second lookup does not take back what the first one found.
        if !addresses.isEmpty || resolved.addresses == nil { entries[name]?.resolved?.addresses = addresses }
        return refresh(name)
    }

    /// The services of the registry, all of them.
    mutating func registryChanged(_ services: [Service]) -> [Action] {
        var current: [String: Service] = [:]
        for service in services { current[service.name] = service }
        var actions: [Action] = []
        for name in entries.keys.sorted() where current[name] == nil && entries[name]?.registry != nil {
            entries[name]?.registry = nil
            actions += refresh(name)
        }
        for service in services {
            guard entries[service.name] != nil || entries.count < Self.maximumServices else { continue }
            entries[service.name, default: Entry()].registry = service
            actions += refresh(service.name)
        }
        return actions
    }

    /// The daemon broke off. What it told stays for a while, since a restarted daemon tells it
    /// again.
    mutating func daemonLost() -> [Action] {
        let names = entries.filter { !$0.value.sightings.isEmpty }.keys.sorted()
        for name in names {
            entries[name]?.sightings = [:]
            entries[name]?.isStale = true
        }
        return names.map { .stopResolving(name: $0) }
    }

    /// That while is over: forgets what no daemon has confirmed.
    mutating func dropStale() -> [Action] {
        var actions: [Action] = []
        for name in entries.filter(\.value.isStale).keys.sorted() {
            entries[name]?.isStale = false
            entries[name]?.resolved = nil
            actions += refresh(name)
        }
        return actions
    }

    private mutating func refresh(_ name: String) -> [Action] {
        guard let entry = entries[name] else { return [] }
        let current = current(name, entry)
        entries[name]?.announced = current
        if current == nil, entry.sightings.isEmpty, !entry.isStale { entries[name] = nil }
        switch (entry.announced, current) {
        case (nil, let current?): return [.emit(.found(current))]
        case (let old?, nil): return [.emit(.lost(old))]
        case (let old?, let current?) where old != current: return [.emit(.changed(current))]
        default: return []
        }
    }

    private func current(_ name: String, _ entry: Entry) -> Service? {
        guard let resolved = entry.resolved, let addresses = resolved.addresses else { return entry.registry }
        // An address is worth more than a name that could not be resolved.
        if addresses.isEmpty, let registry = entry.registry { return registry }
        return Service(
            name: name, type: type, domain: entry.domain, host: resolved.host, port: resolved.port, txt: resolved.txt,
            addresses: addresses, source: .daemon)
    }
}
