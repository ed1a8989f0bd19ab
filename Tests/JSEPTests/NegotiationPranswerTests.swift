import SDP
import Testing
import TransportTypes

@testable import JSEP

@Suite("Provisional answers")
struct NegotiationPranswerTests {
    @Test("a provisional answer is pending on both sides, may be repeated, and the final one settles (NEG-20 to 23)")
    func pranswer() throws {
        var a = try Negotiations.make(1)
        var b = try Negotiations.make(2)
        a.wantsData = true
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        var answer = try b.createAnswer()
        answer.type = .pranswer
        for _ in 0..<2 {
            try b.setLocal(answer)
            try a.setRemote(answer)
            #expect(b.signalingState == .haveLocalPranswer && a.signalingState == .haveRemotePranswer)
            #expect(b.pendingLocal?.type == .pranswer && b.pendingRemote?.type == .offer && b.currentLocal == nil)
            #expect(a.pendingRemote?.type == .pranswer && a.pendingLocal?.type == .offer && a.currentRemote == nil)
            #expect(a.remoteTransport != nil && b.remoteTransport != nil)
            #expect(a.dtlsRole == .server && b.dtlsRole == .client)
        }
        let fragment = b.localFragment
        let final = try b.createAnswer()
        try b.setLocal(final)
        try a.setRemote(final)
        for side in [a, b] {
            #expect(side.signalingState == .stable && side.pendingLocal == nil && side.pendingRemote == nil)
        }
        #expect(b.localFragment == fragment)
        #expect(b.currentLocal?.type == .answer && a.currentRemote?.type == .answer)
    }

    @Test("the parameterless forms make the answer once and settle with it (NEG-25, 26)")
    func implicit() throws {
        for ending in [SessionDescription(type: .answer), nil] {
            var a = try Negotiations.make(1)
            var b = try Negotiations.make(2)
            a.wantsData = true
            try a.setLocal(nil)
            try b.setRemote(#require(a.local).description)
            try b.setLocal(SessionDescription(type: .pranswer))
            let text = b.pendingLocal?.description.sdp
            try b.setLocal(SessionDescription(type: .pranswer))
            #expect(b.signalingState == .haveLocalPranswer && b.pendingLocal?.description.sdp == text)
            try b.setLocal(ending)
            #expect(b.signalingState == .stable && b.currentLocal?.description.sdp == text)
        }
    }

    @Test("a provisional answer can be rolled back by the side that has the offer to answer")
    func rollback() throws {
        var a = try Negotiations.make(1)
        var b = try Negotiations.make(2)
        a.wantsData = true
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        try b.setLocal(SessionDescription(type: .pranswer))
        try a.setRemote(#require(b.local).description)
        #expect(code { try b.setLocal(SessionDescription(type: .rollback)) } == .invalidState)
        try b.setRemote(SessionDescription(type: .rollback))
        try a.setLocal(SessionDescription(type: .rollback))
        for side in [a, b] {
            #expect(side.signalingState == .stable && side.local == nil && side.remote == nil)
            #expect(side.dataMid == nil && side.remoteTransport == nil && side.dtlsRole == nil)
        }
    }

    @Test("neither offer nor rollback of the wrong side is taken in a provisional state")
    func wrongStates() throws {
        var a = try Negotiations.make(1)
        var b = try Negotiations.make(2)
        a.wantsData = true
        try a.setLocal(nil)
        let offer = try #require(a.local).description
        try b.setRemote(offer)
        try b.setLocal(SessionDescription(type: .pranswer))
        #expect(code { try b.setRemote(offer) } == .invalidState)
        #expect(code { _ = try b.createOffer(OfferOptions()) } == .invalidState)
        try a.setRemote(#require(b.local).description)
        #expect(code { _ = try a.createAnswer() } == .invalidState)
        #expect(code { try a.setRemote(SessionDescription(type: .rollback)) } == .invalidState)
        #expect(code { try a.setLocal(nil) } == .invalidState)
    }

    @Test("what was gathered for a provisional answer is part of the answer")
    func candidates() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.wantsData = true
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        try b.setLocal(SessionDescription(type: .pranswer))
        let line = "candidate:1 1 udp 2113929471 203.0.113.100 10100 typ host"
        b.addLocal(candidate: line, usernameFragment: try #require(b.localFragment))
        try b.setLocal(nil)
        #expect(b.currentLocal?.document.media[0].candidates == [line])
    }
}
