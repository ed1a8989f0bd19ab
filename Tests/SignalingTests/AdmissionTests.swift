import Testing

@testable import Signaling

@Suite("which connections a server keeps")
struct AdmissionTests {
    private let limits = SignalingLimits(sockets: 6, socketsPerAddress: 4, unregisteredPerAddress: 3)

    @Test("beyond an address's limit of unregistered connections its oldest goes, and no other address's")
    func perAddress() {
        var admission = Admission(limits: limits)
        #expect(admission.arrived(1, from: "honest") == .admitted(evicting: nil))
        for id in 2...4 as ClosedRange<UInt64> {
            #expect(admission.arrived(id, from: "many") == .admitted(evicting: nil))
        }
        #expect(admission.arrived(5, from: "many") == .admitted(evicting: 2))
        #expect(admission.arrived(6, from: "many") == .admitted(evicting: 3))
        #expect(admission.count == 4)
    }

    @Test("who has registered stays, and an address has so many of them")
    func registered() {
        var admission = Admission(limits: limits)
        for id in 1...4 as ClosedRange<UInt64> {
            #expect(admission.arrived(id, from: "a") == .admitted(evicting: nil))
            admission.registered(id)
        }
        #expect(admission.arrived(5, from: "a") == .refused)
        #expect(admission.arrived(6, from: "b") == .admitted(evicting: nil))
        admission.left(2)
        #expect(admission.arrived(7, from: "a") == .admitted(evicting: nil))
        #expect(admission.arrived(8, from: "a") == .admitted(evicting: 7), "7 has not registered")
    }

    @Test("with all places taken the address that waits with most makes room; with all registered nobody does")
    func inAll() {
        var admission = Admission(limits: limits)
        let places: [(UInt64, String)] = [(1, "a"), (2, "b"), (3, "b"), (4, "c"), (5, "c"), (6, "c")]
        for (id, address) in places { #expect(admission.arrived(id, from: address) == .admitted(evicting: nil)) }
        #expect(admission.arrived(7, from: "d") == .admitted(evicting: 4))
        for id in [1, 2, 3, 5, 6, 7] as [UInt64] { admission.registered(id) }
        #expect(admission.arrived(8, from: "e") == .refused)
        admission.left(1)
        #expect(admission.arrived(9, from: "e") == .admitted(evicting: nil))
        #expect(admission.count == 6)
    }

    @Test("a thousand connections that come and go leave nothing behind")
    func balance() {
        var admission = Admission(limits: limits)
        var open: Set<UInt64> = []
        for id in 1...1000 as ClosedRange<UInt64> {
            if case .admitted(let victim) = admission.arrived(id, from: "\(id % 3)") {
                open.insert(id)
                if let victim { open.remove(victim) }
                if id % 2 == 0 { admission.registered(id) }
            }
            if id % 5 == 0, let oldest = open.min() {
                open.remove(oldest)
                admission.left(oldest)
                admission.left(oldest)
            }
            #expect(admission.count == open.count && open.count <= 6)
        }
        for id in open { admission.left(id) }
        #expect(admission.count == 0 && admission.addressCount == 0)
    }

    @Test("one address of IPv6 is a network of 64 bits, and IPv4 in IPv6 is IPv4")
    func keys() {
        #expect(Admission.key("2001:db8:0:7::1") == Admission.key("2001:db8:0:7:8:9:a:b"))
        #expect(Admission.key("2001:db8:0:7::1") != Admission.key("2001:db8:0:8::1"))
        #expect(Admission.key("::ffff:192.0.2.7") == Admission.key("192.0.2.7"))
        #expect(Admission.key("192.0.2.7") != Admission.key("192.0.2.8"))
        #expect(Admission.key("fe80::1%1") == Admission.key("fe80::2"))
    }
}
