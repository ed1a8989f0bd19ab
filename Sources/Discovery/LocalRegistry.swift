internal import FoundationEssentials
internal import MulticastDNS
internal import Synchronization

/// The advertisements of this machine's programs, as files in a directory of the user's own. It
/// stands in for the mDNS daemon among programs of one user, one machine and one network namespace.
final class LocalRegistry: Sendable {
    /// What a file says.
    struct Entry: Codable, Hashable {
        var version = 1
        var name: String
        var type: String
        var port: UInt16
        var txt: [String: String]
        var network: String
    }

    /// One advertisement in the directory.
    final class Publication: Sendable {
        private struct State {
            var entry: Entry
            var descriptor: Int32
            var isWithdrawn = false
        }

        private let registry: LocalRegistry
        private let fileName: String
        private let state: Mutex<State>

        fileprivate init(registry: LocalRegistry, fileName: String, entry: Entry, descriptor: Int32) {
            self.registry = registry
            self.fileName = fileName
            state = Mutex(State(entry: entry, descriptor: descriptor))
        }

        deinit { withdraw() }

        /// The name, perhaps with a number added because of a conflict.
        var name: String { state.withLock { $0.entry.name } }

        /// Puts another name or TXT record in place.
        func update(name: String? = nil, txt: [String: String]? = nil) throws(DiscoveryError) {
            let outcome = state.withLock { state -> Result<Void, DiscoveryError> in
                var entry = state.entry
                if let name { entry.name = name }
                if let txt { entry.txt = txt }
                guard !state.isWithdrawn, entry != state.entry else { return .success(()) }
                do throws(DiscoveryError) {
                    let descriptor = try registry.write(entry, fileName)
                    RegistryFiles.close(state.descriptor)
                    state.descriptor = descriptor
                    state.entry = entry
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            try outcome.get()
        }

        func withdraw() {
            state.withLock { state in
                guard !state.isWithdrawn else { return }
                state.isWithdrawn = true
                RegistryFiles.remove(fileName, in: registry.directory, releasing: state.descriptor)
            }
        }
    }

    private static let lastFile = Atomic<UInt64>(0)

    let directory: String
    private let network = RegistryFiles.networkNamespace

    /// Uses the directory, and makes it if it is not there.
    init(directory: String? = nil) throws(DiscoveryError) {
        self.directory = directory ?? RegistryFiles.defaultDirectory
        try RegistryFiles.prepare(self.directory)
    }

    /// Publishes a service. When its name is in use, it gets another one: see ``Publication/name``.
    func publish(name: String, type: String, port: UInt16, txt: [String: String]) throws(DiscoveryError) -> Publication
    {
        let number = Self.lastFile.add(1, ordering: .relaxed).newValue
        let unique = UInt64.random(in: 0...UInt64.max)
        let fileName = "\(RegistryFiles.processID)-\(number)-\(String(unique, radix: 36)).json"
        return try RegistryFiles.locked(directory) { () throws(DiscoveryError) in
            let taken = Set(services(ofType: type).map(\.name))
            var entry = Entry(name: name, type: type, port: port, txt: txt, network: network)
            var attempt = 2
            while taken.contains(entry.name) {
                entry.name = ServiceName.alternative(to: name, attempt: attempt)
                attempt += 1
            }
            let descriptor = try write(entry, fileName)
            return Publication(registry: self, fileName: fileName, entry: entry, descriptor: descriptor)
        }
    }

    /// The services of a type that living processes publish in this network namespace.
    func services(ofType type: String) -> [Service] {
        var services: [String: Service] = [:]
        for content in RegistryFiles.contents(of: directory) {
            guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(content.bytes)), entry.version == 1,
                entry.type == type, entry.network == network, services[entry.name] == nil
            else { continue }
            var txt: [String: String] = [:]
            for (key, value) in entry.txt { txt[key.lowercased()] = value }
            services[entry.name] = Service(
                name: entry.name, type: type, host: "localhost", port: entry.port, txt: txt, addresses: ["127.0.0.1"],
                source: .registry)
        }
        return services.values.sorted { $0.name < $1.name }
    }

    /// Calls `handler` on the discovery loop after each change, until the watch is stopped.
    func watch(_ handler: @escaping @Sendable () -> Void) -> Watch { Watch(directory: directory, handler: handler) }

    private func write(_ entry: Entry, _ fileName: String) throws(DiscoveryError) -> Int32 {
        let bytes: [UInt8]
        do {
            bytes = Array(try JSONEncoder().encode(entry))
        } catch {
            throw DiscoveryError(.registryUnusable, "the advertisement cannot be written as JSON: \(error)")
        }
        return try RegistryFiles.write(bytes, to: fileName, in: directory)
    }

    /// Watches the directory; looks every half second when the system has no watch left to give.
    final class Watch: Sendable {
        private let state = Mutex<(id: DiscoveryLoop.ID?, isStopped: Bool)>((nil, false))
        private let descriptor: Int32?
        private let handler: @Sendable () -> Void

        fileprivate init(directory: String, handler: @escaping @Sendable () -> Void) {
            self.handler = handler
            let descriptor = RegistryFiles.watch(directory)
            self.descriptor = descriptor
            guard let descriptor else {
                poll()
                return
            }
            let id = DiscoveryLoop.shared.watch(descriptor) {
                RegistryFiles.drain(descriptor)
                handler()
            }
            state.withLock { $0.id = id }
        }

        deinit { stop() }

        func stop() {
            let id = state.withLock { state -> DiscoveryLoop.ID? in
                defer { state = (nil, true) }
                return state.id
            }
            guard let id else { return }
            let descriptor = descriptor
            DiscoveryLoop.shared.cancel(id) { if let descriptor { RegistryFiles.close(descriptor) } }
        }

        private func poll() {
            let id = DiscoveryLoop.shared.schedule(after: .milliseconds(500)) { [weak self] in
                self?.handler()
                self?.poll()
            }
            let isStopped = state.withLock { state in
                if !state.isStopped { state.id = id }
                return state.isStopped
            }
            if isStopped { DiscoveryLoop.shared.cancel(id) }
        }
    }
}
