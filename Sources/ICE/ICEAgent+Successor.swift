internal import NetworkLoop
internal import Synchronization
internal import TransportTypes

// Each restart gathers with an agent of its own, on sockets of its own, as browsers do; the one
// before carries on until that has a pair. libnice could restart in place, but its sockets stay
// bound to the addresses that the host had, a check of the new generation that arrives before the
// peer's answer is refused with 401, which ends its pair at the peer, and the consent of the old
// pair, when it expires, fails the checks of the new generation; if one of them then succeeds, an
// assertion of libnice ends the process.
extension ICEAgent {
    /// The agent whose candidates are told.
    var gathering: NativeAgent? { successor ?? native }

    /// The agent whose pair is in use.
    var carrier: NativeAgent? { predecessor ?? native }

    /// Makes an agent for these credentials. With no address at all the sockets are kept: that can
    /// only be a passing state.
    func makeSuccessor(_ credentials: ICECredentials) throws(ICEError) {
        dropSuccessor()
        let addresses = usableInterfaces().map(\.address)
        guard let native, !addresses.isEmpty else { return }
        if let kept = takeWithdrawn(credentials, addresses) {
            successor = kept
            return
        }
        applyUpcoming()
        var configuration = configuration
        configuration.role = native.role
        configuration.credentials = credentials
        let successor = try NativeAgent(loop: loop, configuration: configuration, events: self)
        for address in addresses { successor.addLocalAddress(address) }
        self.successor = successor
    }

    /// The restart has come: what has gathered for it takes over. False if there is no agent of its
    /// own for it.
    func adoptSuccessor() -> Bool {
        guard let successor else { return false }
        // Without a pair of its own the present agent is of no further use; the one before it may
        // still carry data.
        if predecessor == nil {
            predecessor = native
        } else {
            native?.close()
        }
        native = successor
        self.successor = nil
        return true
    }

    /// The peer has something to check in the new generation, or checks it already: from here on it
    /// is to leave the old one.
    func refuseOldChecks() { predecessor?.refuseChecks() }

    /// The restart does not come.
    func dropSuccessor() {
        successor?.close()
        successor = nil
    }

    /// The restart does not come yet. True if anything was gathered for it.
    func withdrawSuccessor() -> Bool {
        guard let successor else { return false }
        withdrawn?.close()
        withdrawn = successor
        self.successor = nil
        return true
    }

    /// What has gathered for these credentials on these addresses; anything else is of no further
    /// use.
    private func takeWithdrawn(_ credentials: ICECredentials, _ addresses: [IPAddress]) -> NativeAgent? {
        guard let kept = withdrawn else { return nil }
        withdrawn = nil
        if kept.localCredentials() == credentials, Set(kept.localAddresses) == Set(addresses) { return kept }
        kept.close()
        return nil
    }

    /// The pair in use before is not to be used any more.
    func dropPredecessor() {
        stopConsent()
        use(nil)
        predecessor?.close()
        predecessor = nil
    }

    /// There is a new pair. The sockets of the one before go on receiving for a while: the peer
    /// sends on it until it has found the new one, or has given up the old one by its own clock
    /// (RFC 8445 §8.3; 3 s in Chromium).
    func leavePredecessor() {
        guard let predecessor else { return }
        lingering?.close()
        lingering = predecessor
        self.predecessor = nil
        lingerTimer?.cancel()
        lingerTimer = loop.schedule(after: Self.lingering) { [weak self] in
            self?.lingering?.close()
            self?.lingering = nil
        }
    }

    /// How long the sockets of a pair that was left receive.
    static let lingering = Duration.seconds(10)

    /// Closes all agents; the completion is called once, after the last.
    static func close(_ agents: [NativeAgent], completion: @escaping @Sendable () -> Void) {
        let rest = Rest(agents.count)
        for agent in agents {
            agent.close { if rest.countDown() { completion() } }
        }
    }

    private final class Rest: Sendable {
        private let count: Mutex<Int>
        init(_ count: Int) { self.count = Mutex(count) }

        func countDown() -> Bool {
            count.withLock { count in
                count -= 1
                return count == 0
            }
        }
    }
}
