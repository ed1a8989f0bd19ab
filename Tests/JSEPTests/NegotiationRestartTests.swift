import SDP
import Testing

@testable import JSEP

@Suite("ICE restart in descriptions")
struct NegotiationRestartTests {
    @Test("the option gives the offer new credentials, and the answer too; the next round keeps them (ICE-05)")
    func option() throws {
        var (a, b) = try Negotiations.agreed()
        let before = [a.localFragment, b.localFragment]
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: true)))
        #expect(a.localFragment != before[0])
        try b.setRemote(#require(a.local).description)
        try b.setLocal(nil)
        try a.setRemote(#require(b.local).description)
        let after = [a.localFragment, b.localFragment]
        #expect(after[0] != before[0] && after[1] != before[1])
        try Negotiations.round(&b, &a)
        #expect([a.localFragment, b.localFragment] == after)
    }

    @Test("a request is in the next offer, and done with after its answer (ICE-31)")
    func request() throws {
        var (a, b) = try Negotiations.agreed()
        let before = [a.localFragment, b.localFragment]
        a.requestRestart()
        #expect(a.isNegotiationNeeded)
        try Negotiations.round(&a, &b)
        #expect(!a.isNegotiationNeeded && !b.isNegotiationNeeded)
        let after = [a.localFragment, b.localFragment]
        #expect(after[0] != before[0] && after[1] != before[1])
        try Negotiations.round(&a, &b)
        #expect([a.localFragment, b.localFragment] == after)
    }

    @Test("credentials that other servers have outdated are replaced once")
    func outdatedOnce() throws {
        var (a, b) = try Negotiations.agreed()
        let before = a.localFragment
        a.outdateCredentials()
        try Negotiations.round(&a, &b)
        let after = a.localFragment
        #expect(after != before)
        try Negotiations.round(&a, &b)
        #expect(a.localFragment == after)
    }

    @Test("the credentials of a restart that was taken back and then agreed on are those in use, and no next restart's")
    func agreedAfterRollback() throws {
        var (a, b) = try Negotiations.agreed()
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: true)))
        let told = a.localFragment
        try a.setLocal(SessionDescription(type: .rollback))
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: true)))
        #expect(a.localFragment == told)
        try b.setRemote(#require(a.local).description)
        try b.setLocal(nil)
        try a.setRemote(#require(b.local).description)
        #expect(a.localFragment == told)
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: true)))
        #expect(a.localFragment != told)
    }

    @Test("a restart that gives way to the peer's goes on with the credentials that its candidates were told with")
    func collision() throws {
        var (a, b) = try Negotiations.agreed()
        let before = a.localFragment
        a.requestRestart()
        b.requestRestart()
        try a.setLocal(nil)
        let told = a.localFragment
        #expect(told != before)
        try b.setLocal(nil)
        try a.setRemote(#require(b.local).description)
        #expect(a.localFragment == before)
        try a.setLocal(nil)
        #expect(a.localFragment == told)
        // The next restart is another.
        try b.setRemote(#require(a.local).description)
        a.requestRestart()
        try a.setLocal(nil)
        #expect(a.localFragment != told)
    }

    @Test("credentials of a rolled back restart are not used with other servers, nor after another request")
    func outdated() throws {
        for change in [{ $0.outdateCredentials() }, { $0.requestRestart() }] as [(inout Negotiation) -> Void] {
            var a = try Negotiations.agreed().0
            a.requestRestart()
            try a.setLocal(nil)
            let told = a.localFragment
            change(&a)
            try a.setLocal(SessionDescription(type: .rollback, sdp: ""))
            try a.setLocal(nil)
            #expect(a.localFragment != told)
        }
    }

    @Test("without data channels in a description there is nothing to restart (ICE-30)")
    func nothing() throws {
        var a = try Negotiations.make()
        a.requestRestart()
        #expect(!a.isNegotiationNeeded)
        a.wantsData = true
        a.requestRestart()
        let offer = try a.createOffer(OfferOptions())
        try a.setLocal(offer)
        #expect(a.pendingLocal?.description == offer)
    }

    @Test(
        "a request while an own offer is out leaves that round alone and needs another one (ICE-33)",
        arguments: [true, false])
    func duringOffer(isFirst: Bool) throws {
        var (a, b) = isFirst ? (try Negotiations.make(1), try Negotiations.make(2)) : try Negotiations.agreed()
        a.wantsData = true
        try a.setLocal(nil)
        let fragment = a.localFragment
        a.requestRestart()
        try b.setRemote(#require(a.local).description)
        try b.setLocal(nil)
        try a.setRemote(#require(b.local).description)
        #expect(a.localFragment == fragment && a.isNegotiationNeeded)
        try Negotiations.round(&a, &b)
        #expect(a.localFragment != fragment && !a.isNegotiationNeeded)
    }

    @Test("a request survives an offer of the peer that restarts nothing, and is satisfied by one that does (ICE-35)")
    func remoteOffers() throws {
        var (a, b) = try Negotiations.agreed()
        let fragment = a.localFragment
        a.requestRestart()
        try Negotiations.round(&b, &a)
        #expect(a.localFragment == fragment && a.isNegotiationNeeded)
        b.requestRestart()
        try Negotiations.round(&b, &a)
        #expect(a.localFragment != fragment && !a.isNegotiationNeeded && !b.isNegotiationNeeded)
    }

    @Test("a request overrules the option's absence and survives the rollback of the offer that had it (ICE-36)")
    func rollback() throws {
        var (a, b) = try Negotiations.agreed()
        let before = a.localFragment
        a.requestRestart()
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: false)))
        let first = a.localFragment
        #expect(first != before)
        try a.setLocal(SessionDescription(type: .rollback))
        #expect(a.localFragment == before && a.isNegotiationNeeded)
        try Negotiations.round(&a, &b)
        #expect(a.localFragment != before && !a.isNegotiationNeeded)
    }

    @Test("an empty text does not use an offer from before the request")
    func staleOffer() throws {
        var (a, _) = try Negotiations.agreed()
        let before = a.localFragment
        _ = try a.createOffer(OfferOptions())
        a.requestRestart()
        try a.setLocal(SessionDescription(type: .offer))
        #expect(a.localFragment != before)
    }

    @Test("answers made twice to the same restart end with one pair of credentials on both sides")
    func twice() throws {
        var (a, b) = try Negotiations.agreed()
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: true)))
        try b.setRemote(#require(a.local).description)
        _ = try b.createAnswer()
        let answer = try b.createAnswer()
        try b.setLocal(answer)
        try a.setRemote(answer)
        #expect(a.remoteTransport?.credentials == b.localTransport?.credentials)
        #expect(b.remoteTransport?.credentials == a.localTransport?.credentials)
    }

    @Test("gathered candidates are part of a later offer with the same credentials, and not of one with others")
    func candidates() throws {
        var (a, _) = try Negotiations.agreed()
        let line = "candidate:1 1 udp 2113937151 192.0.2.1 54400 typ host"
        let fragment = try #require(a.localFragment)
        a.addLocal(candidate: line, usernameFragment: fragment)
        a.addLocal(candidate: "candidate:2 1 udp 1 192.0.2.2 1 typ host", usernameFragment: "else")
        a.addLocal(candidate: nil, usernameFragment: fragment)
        let same = try a.createOffer(OfferOptions()).sdp
        #expect(same.contains(line) && same.contains("a=end-of-candidates"))
        let other = try a.createOffer(OfferOptions(iceRestart: true)).sdp
        #expect(!other.contains("candidate"))
        #expect(a.currentLocal?.document.media[0].candidates == [line])
    }
}
