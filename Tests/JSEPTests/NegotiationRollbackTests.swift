import SDP
import Testing
import TransportTypes

@testable import JSEP

@Suite("Rollback")
struct NegotiationRollbackTests {
    private static let rollback = SessionDescription(type: .rollback, sdp: "garbage that nobody reads")

    @Test("a local offer is taken back, and can be set again (RBK-01, 05, 10)")
    func local() throws {
        var a = try Negotiations.make()
        a.wantsData = true
        let offer = try a.createOffer(OfferOptions())
        try a.setLocal(offer)
        try a.setLocal(Self.rollback)
        #expect(a.signalingState == .stable && a.local == nil && a.dataMid == nil && a.isNegotiationNeeded)
        try a.setLocal(offer)
        #expect(a.signalingState == .haveLocalOffer && a.dataMid == "0")
    }

    @Test("a remote offer is taken back; an own offer made before it is still accepted (RBK-03, 06, NEG-11)")
    func remote() throws {
        var a = try Negotiations.make(1)
        var b = try Negotiations.make(2)
        a.wantsData = true
        b.wantsData = true
        let own = try a.createOffer(OfferOptions())
        try a.setRemote(b.createOffer(OfferOptions()))
        _ = try a.createAnswer()
        try a.setRemote(Self.rollback)
        #expect(a.signalingState == .stable && a.remote == nil && a.dataMid == nil)
        try a.setLocal(own)
        #expect(a.signalingState == .haveLocalOffer && a.pendingLocal?.description == own)
    }

    @Test("there is nothing to take back in stable, after an answer, or of the other side (RBK-02)")
    func wrongStates() throws {
        var (a, b) = try Negotiations.agreed()
        #expect(code { try a.setLocal(Self.rollback) } == .invalidState)
        #expect(code { try a.setRemote(Self.rollback) } == .invalidState)
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        #expect(code { try b.setLocal(Self.rollback) } == .invalidState)
        #expect(code { try a.setRemote(Self.rollback) } == .invalidState)
    }

    @Test("a remote offer that meets an own one rolls it back and is then answered (RBK-12, 22)")
    func glare() throws {
        var a = try Negotiations.make(1)
        var b = try Negotiations.make(2)
        a.wantsData = true
        b.wantsData = true
        try a.setLocal(nil)
        try b.setLocal(nil)
        // a is polite.
        try a.setRemote(#require(b.local).description)
        #expect(a.signalingState == .haveRemoteOffer && a.pendingLocal == nil)
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        #expect(a.signalingState == .stable && b.signalingState == .stable)
        #expect(a.dataMid == "0" && !a.isNegotiationNeeded && !b.isNegotiationNeeded)
        #expect(a.dtlsRole == .client && b.dtlsRole == .server && b.isOfferer && !a.isOfferer)
    }

    @Test("an offer that cannot be taken does not roll the own one back")
    func badGlare() throws {
        var a = try Negotiations.make()
        a.wantsData = true
        try a.setLocal(nil)
        let pending = a.pendingLocal
        #expect(code { try a.setRemote(SessionDescription(type: .offer, sdp: "garbage")) } == .sdpSyntax)
        #expect(code { try a.setRemote(Negotiations.offer(Negotiations.data(ufrag: nil))) } == .invalidAccess)
        #expect(a.signalingState == .haveLocalOffer && a.pendingLocal == pending)
    }

    @Test("in an established session what was agreed on stays in force (RBK-18, 19)")
    func established() throws {
        var (a, b) = try Negotiations.agreed()
        let agreed = (a.currentLocal, a.currentRemote, a.remoteTransport, a.dtlsRole)
        let own = try a.createOffer(OfferOptions(iceRestart: true))
        try b.setLocal(nil)
        try a.setRemote(#require(b.local).description)
        #expect(a.remoteTransport == agreed.2 && a.dtlsRole == agreed.3)
        try a.setRemote(Self.rollback)
        #expect(a.currentLocal == agreed.0 && a.currentRemote == agreed.1 && a.remoteTransport == agreed.2)
        try a.setLocal(own)
        #expect(a.remoteTransport == agreed.2 && a.agreedLocalTransport?.credentials != a.localTransport?.credentials)
        try a.setLocal(Self.rollback)
        #expect(a.localTransport == a.agreedLocalTransport && a.dataMid == "0" && a.signalingState == .stable)
    }

    @Test("data channels that an offer brought are gone with it")
    func broughtData() throws {
        var a = try Negotiations.make(1)
        var b = try Negotiations.make(2)
        try Negotiations.round(&a, &b)
        b.wantsData = true
        try b.setLocal(nil)
        try a.setRemote(#require(b.local).description)
        #expect(a.dataMid == "0")
        try a.setRemote(Self.rollback)
        #expect(a.dataMid == nil && a.currentLocal != nil)
        let offer = try a.createOffer(OfferOptions())
        #expect(!offer.sdp.contains("m="))
    }
}
