import SDP
import Testing
import TransportTypes

@testable import JSEP

@Suite("Who is the server of DTLS where there is media")
struct MediaSetupTests {
    @Test("who answers an offer of media is the server, unless the offer says otherwise (RFC 8842 §5.3)")
    func answer() throws {
        for (offered, expected) in [("actpass", SetupRole.passive), ("active", .passive), ("passive", .active)] {
            var b = try Negotiations.make()
            let section = Negotiations.media("audio").replacing("setup:actpass", with: "setup:\(offered)")
            try b.setRemote(Negotiations.offer(section))
            try b.setLocal(nil)
            #expect(b.currentLocal?.document.media[0].setup == expected)
            #expect(b.dtlsRole == (expected == .active ? .client : .server))
        }
    }

    @Test("media that is refused is none")
    func refused() throws {
        var b = try Negotiations.make()
        let audio = Negotiations.media("audio", mid: "1", formats: [(103, "ISAC/16000", nil)])
        let group = "a=group:BUNDLE 0 1\r\n"
        try b.setRemote(Negotiations.offer(group, Negotiations.data(), audio))
        try b.setLocal(nil)
        #expect(b.currentLocal?.document.media.map(\.isRejected) == [false, true])
        #expect(b.currentLocal?.document.media[0].setup == .active && b.dtlsRole == .client)
    }

    @Test("a session of data alone keeps its parts when media joins it, whoever offers that", arguments: [true, false])
    func renegotiation(isSame: Bool) throws {
        var (a, b) = try Negotiations.agreed()
        #expect(a.dtlsRole == .server && b.dtlsRole == .client)
        a.addTransceiver(.audio)
        b.addTransceiver(.video)
        if isSame { try Negotiations.round(&a, &b) } else { try Negotiations.round(&b, &a) }
        #expect(a.dtlsRole == .server && b.dtlsRole == .client && a.transportIDs.count == 1)
        let answer = isSame ? b.currentLocal : a.currentLocal
        #expect(answer?.document.media.map(\.setup) == [isSame ? .active : .passive, isSame ? .active : .passive])
    }

    @Test("a session of media keeps its parts when it restarts ICE and when the other end offers")
    func kept() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.audio)
        a.wantsData = true
        try Negotiations.round(&a, &b)
        #expect(a.dtlsRole == .client && b.dtlsRole == .server)
        a.requestRestart()
        try Negotiations.round(&a, &b)
        try Negotiations.round(&b, &a)
        #expect(a.dtlsRole == .client && b.dtlsRole == .server)
        #expect(a.currentLocal?.document.media.map(\.setup) == [.active, .active])
    }
}
