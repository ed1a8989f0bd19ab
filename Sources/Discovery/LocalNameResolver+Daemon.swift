public import MulticastDNS

extension LocalNameResolver {
    /// One that asks the mDNS daemon, and the link itself where none runs; one for the process, so
    /// that its cache is shared.
    public static let daemon = LocalNameResolver(daemon: MDNSDaemon())
}

/// Asks the mDNS daemon for the addresses of names.
struct MDNSDaemon: LocalNameDaemon {
    func ask(for name: String, _ answer: @escaping @Sendable (LocalNameAnswer) -> Void) -> [DiscoveryLoop.ID] {
        [MDNSMessage.typeA, MDNSMessage.typeAAAA].map { type in
            DiscoveryLoop.shared.start(.query(name: name, type: type)) { reply in
                switch reply {
                case .record(added: true, let data, let interface): answer(.address(data, interface: interface))
                case .failed: answer(.failed)
                default: break
                }
            }
        }
    }
}
