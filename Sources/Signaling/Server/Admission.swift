/// Decides which connections a server keeps: so many in all and from one address, and of those that
/// nobody has registered on yet only the newest when room is needed, so that they lock nobody out.
struct Admission {
    typealias ID = UInt64

    enum Decision: Equatable {
        /// Served; another one, if named, has to go for it.
        case admitted(evicting: ID?)
        case refused
    }

    private struct Client {
        var count = 0
        /// Not registered yet, the oldest first: ids grow.
        var waiting: [ID] = []
    }

    private let limits: SignalingLimits
    private var clients: [String: Client] = [:]
    private var addresses: [ID: String] = [:]

    init(limits: SignalingLimits) {
        self.limits = limits
    }

    /// How many connections there are.
    var count: Int { addresses.count }
    /// From how many addresses they come.
    var addressCount: Int { clients.count }

    /// Where a connection comes from, as it is counted.
    func address(of id: ID) -> String? { addresses[id] }

    /// A connection came from an address. Ids have to grow. Whoever is evicted counts as gone.
    mutating func arrived(_ id: ID, from address: String) -> Decision {
        let client = clients[address] ?? Client()
        var victim: ID?
        if client.waiting.count >= limits.unregisteredPerAddress || client.count >= limits.socketsPerAddress {
            victim = client.waiting.first
            guard victim != nil else { return .refused }
        } else if count >= limits.sockets {
            // The oldest of the address that has most of them: whoever opens many pays for it
            // first.
            let worst = clients.values.max { $0.waiting.count < $1.waiting.count }
            victim = worst?.waiting.first
            guard victim != nil else { return .refused }
        }
        if let victim { left(victim) }
        addresses[id] = address
        clients[address, default: Client()].count += 1
        clients[address]?.waiting.append(id)
        return .admitted(evicting: victim)
    }

    /// Somebody registered on the connection: it is not evicted any more.
    mutating func registered(_ id: ID) {
        guard let address = addresses[id] else { return }
        clients[address]?.waiting.removeAll { $0 == id }
    }

    /// The connection is gone.
    mutating func left(_ id: ID) {
        guard let address = addresses.removeValue(forKey: id) else { return }
        clients[address]?.waiting.removeAll { $0 == id }
        clients[address]?.count -= 1
        if clients[address]?.count == 0 { clients[address] = nil }
    }

    /// What counts as one address: of IPv6 the network of 64 bits, for each host has all of its
    /// addresses.
    static func key(_ address: String?) -> String {
        guard let address, let short = Authority.shortest(address) else { return "" }
        guard short.contains(":") else { return short }
        // Written out, for the groups in the first half to be found.
        let halves = short.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        var groups = halves[0].split(separator: ":").map(String.init)
        if halves.count == 2 {
            let tail = halves[1].split(separator: ":").map(String.init)
            groups += [String](repeating: "0", count: max(0, 8 - groups.count - tail.count)) + tail
        }
        return groups.prefix(4).joined(separator: ":") + "/64"
    }
}
