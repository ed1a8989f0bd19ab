import Testing

@testable import Discovery

@Suite("what a browser knows")
struct BrowserStateTests {
    private static let type = "_meshchat._tcp"

    private func service(_ source: DiscoverySource, port: UInt16 = 1, addresses: [String] = ["10.0.0.1"]) -> Service {
        Service(
            name: "a", type: Self.type, host: source == .daemon ? "h.local" : "localhost", port: port,
            addresses: addresses, source: source)
    }

    private func resolvedState() -> BrowserState {
        var state = BrowserState(type: Self.type)
        _ = state.browsed(added: true, name: "a", domain: "local", interface: 2)
        _ = state.resolved(name: "a", host: "h.local", port: 1, txt: [:])
        _ = state.lookedUp(name: "a", host: "h.local", addresses: ["10.0.0.1"])
        return state
    }

    @Test("a service is found when it is seen, resolved and has its addresses, and not before")
    func found() {
        var state = BrowserState(type: Self.type)
        #expect(
            state.browsed(added: true, name: "a", domain: "local", interface: 2) == [
                .resolve(name: "a", domain: "local")
            ])
        #expect(state.browsed(added: true, name: "a", domain: "local", interface: 2) == [])
        #expect(state.resolved(name: "a", host: "h.local", port: 1, txt: [:]) == [.lookUp(name: "a", host: "h.local")])
        #expect(
            state.lookedUp(name: "a", host: "h.local", addresses: ["10.0.0.1"]) == [.emit(.found(service(.daemon)))])
    }

    @Test("a service is lost when the last interface and family lost it")
    func lost() {
        var state = resolvedState()
        _ = state.browsed(added: true, name: "a", domain: "local", interface: 2)
        _ = state.browsed(added: true, name: "a", domain: "local", interface: 3)
        #expect(state.browsed(added: false, name: "a", domain: "local", interface: 2) == [])
        #expect(state.browsed(added: false, name: "a", domain: "local", interface: 2) == [])
        #expect(
            state.browsed(added: false, name: "a", domain: "local", interface: 3) == [
                .stopResolving(name: "a"), .emit(.lost(service(.daemon))),
            ])
        #expect(state.browsed(added: false, name: "a", domain: "local", interface: 3) == [])
    }

    @Test("a host whose addresses nobody tells is found without them")
    func noAddresses() {
        var state = BrowserState(type: Self.type)
        _ = state.browsed(added: true, name: "a", domain: "local", interface: 2)
        _ = state.resolved(name: "a", host: "h.local", port: 1, txt: [:])
        #expect(
            state.lookedUp(name: "a", host: "h.local", addresses: []) == [
                .emit(.found(service(.daemon, addresses: [])))
            ])
    }

    @Test("answers for a host that is no longer the service's are dropped")
    func staleLookup() {
        var state = resolvedState()
        #expect(state.lookedUp(name: "a", host: "old.local", addresses: ["10.9.9.9"]) == [])
        #expect(state.lookedUp(name: "b", host: "h.local", addresses: ["10.9.9.9"]) == [])
        #expect(state.resolved(name: "b", host: "h.local", port: 1, txt: [:]) == [])
    }

    @Test("a new TXT record is a change, the same again is none")
    func changed() {
        var state = resolvedState()
        var changed = service(.daemon)
        changed.txt = ["k": "v"]
        let actions = state.resolved(name: "a", host: "h.local", port: 1, txt: ["k": "v"])
        #expect(actions == [.lookUp(name: "a", host: "h.local"), .emit(.changed(changed))])
        #expect(state.lookedUp(name: "a", host: "h.local", addresses: ["10.0.0.1"]) == [])
    }

    @Test("a service in registry and daemon is reported once, and as the daemon sees it")
    func merge() {
        var state = BrowserState(type: Self.type)
        #expect(state.registryChanged([service(.registry)]) == [.emit(.found(service(.registry)))])
        _ = state.browsed(added: true, name: "a", domain: "local", interface: 2)
        _ = state.resolved(name: "a", host: "h.local", port: 1, txt: [:])
        #expect(
            state.lookedUp(name: "a", host: "h.local", addresses: ["10.0.0.1"]) == [.emit(.changed(service(.daemon)))])
        #expect(state.registryChanged([]) == [])
        _ = state.registryChanged([service(.registry)])
        #expect(
            state.browsed(added: false, name: "a", domain: "local", interface: 2) == [
                .stopResolving(name: "a"), .emit(.changed(service(.registry))),
            ])
        #expect(state.registryChanged([]) == [.emit(.lost(service(.registry)))])
    }

    @Test("what a lost daemon told is kept until it is dropped, unless the next daemon tells it again")
    func daemonLost() {
        var state = resolvedState()
        #expect(state.daemonLost() == [.stopResolving(name: "a")])
        var restarted = state
        #expect(state.dropStale() == [.emit(.lost(service(.daemon)))])
        #expect(
            restarted.browsed(added: true, name: "a", domain: "local", interface: 2)
                == [.resolve(name: "a", domain: "local")])
        #expect(restarted.dropStale() == [])
    }

    @Test("a flood of services is cut off")
    func flood() {
        var state = BrowserState(type: Self.type)
        var accepted = 0
        for number in 0..<5000 {
            accepted += state.browsed(added: true, name: "\(number)", domain: "local", interface: 2).count
        }
        #expect(accepted == BrowserState.maximumServices)
    }

    @Test("waiting events of a service are joined")
    func queue() {
        var queue = ServiceEventQueue()
        queue.add(.found(service(.registry)))
        queue.add(.changed(service(.daemon)))
        #expect(queue.popFirst() == .found(service(.daemon)))
        #expect(queue.popFirst() == nil)
        queue.add(.found(service(.registry)))
        queue.add(.lost(service(.registry)))
        #expect(queue.popFirst() == nil)
        queue.add(.lost(service(.registry)))
        queue.add(.found(service(.registry, port: 2)))
        #expect(queue.popFirst() == .changed(service(.registry, port: 2)))
        queue.add(.changed(service(.registry)))
        queue.add(.lost(service(.registry)))
        #expect(queue.popFirst() == .lost(service(.registry)))
        #expect(queue.popFirst() == nil)
    }

    @Test("a service that two families of one interface have seen is there until both have lost it")
    func families() {
        var state = resolvedState()
        _ = state.browsed(added: true, name: "a", domain: "local", interface: 2)
        #expect(state.browsed(added: false, name: "a", domain: "local", interface: 2) == [])
        #expect(
            state.browsed(added: false, name: "a", domain: "local", interface: 2) == [
                .stopResolving(name: "a"), .emit(.lost(service(.daemon))),
            ])
    }

    @Test("a service that moves to another host has none of the former one's addresses")
    func otherHost() {
        var state = resolvedState()
        #expect(
            state.resolved(name: "a", host: "other.local", port: 1, txt: [:]) == [
                .lookUp(name: "a", host: "other.local"), .emit(.lost(service(.daemon))),
            ])
    }

    @Test("services that are gone leave room for others")
    func room() {
        var state = BrowserState(type: Self.type)
        func services(_ range: Range<Int>) -> [Service] {
            range.map { Service(name: "\($0)", type: Self.type, host: "localhost", port: 1, source: .registry) }
        }
        #expect(state.registryChanged(services(0..<2000)).count == BrowserState.maximumServices)
        #expect(state.registryChanged([]).count == BrowserState.maximumServices)
        #expect(state.registryChanged(services(3000..<3001)).count == 1)
    }
}
