import TestSupport
import Testing
import TransportTypes

@testable import ICE

@Suite("the clock of consent")
struct ConsentClockTests {
    private static let second = Duration.seconds(1)
    private typealias ID = STUNBinding.TransactionID

    private func consent() -> Consent { Consent(expiry: Self.second * 30, arrival: 5, now: .zero) }

    @Test("what only the peer can have encrypted is a proof, for as long as an answer is")
    func heard() {
        var consent = consent()
        for second in 1...60 {
            let now = Self.second * second
            if consent.isDue(now: now) {
                consent.check(STUNBinding.TransactionID(high: 0, low: UInt64(second)), now: now)
            }
            consent.hear(now: now)
            #expect(consent.verdict(now: now) == .fresh)
        }
        #expect(consent.verdict(now: Self.second * 89) == .silent)
        #expect(consent.verdict(now: Self.second * 90) == .expired)
    }

    @Test("checks leave at looks that are 4 to 6 s apart, or at once for a reason")
    func pace() {
        var consent = consent()
        #expect([0, 2, 3].allSatisfy { !consent.isDue(now: Self.second * $0) })
        #expect(consent.isDue(now: Self.second * 4))
        #expect(consent.isDue(now: Self.second, atOnce: true))
        #expect(!consent.isDue(now: Consent.retry - .nanoseconds(1), atOnce: true))
        consent.check(ID(high: 1, low: 1), now: Self.second * 4)
        #expect(!consent.isDue(now: Self.second * 6), "nothing was heard: the pause of RFC 7675 holds")
        consent.note(arrival: 6)
        #expect(consent.isDue(now: Self.second * 6), "something was: the check may have been lost")
        consent.check(ID(high: 1, low: 2), now: Self.second * 6)
        #expect(!consent.isDue(now: Self.second * 8))
    }

    @Test("only an answer to a check that is awaited is a proof, and each only once")
    func proof() {
        var consent = consent()
        consent.check(ID(high: 1, low: 1), now: Self.second * 4)
        let isForeign = consent.prove(ID(high: 1, low: 2), now: Self.second * 5)
        #expect(!isForeign && consent.lastProof == .zero && consent.isWaiting)
        let isOurs = consent.prove(ID(high: 1, low: 1), now: Self.second * 5)
        #expect(isOurs && consent.lastProof == Self.second * 5 && !consent.isWaiting)
        let isAgain = consent.prove(ID(high: 1, low: 1), now: Self.second * 9)
        #expect(!isAgain && consent.lastProof == Self.second * 5)
    }

    @Test("arrivals alone keep nothing alive")
    func arrivals() {
        var consent = consent()
        for time in 1...30 {
            consent.note(arrival: Int64(100 + time))
            if consent.isDue(now: Self.second * time) {
                consent.check(ID(high: 1, low: UInt64(time)), now: Self.second * time)
            }
            let verdict = consent.verdict(now: Self.second * time)
            #expect(verdict == (time < 7 ? .fresh : time < 30 ? .silent : .expired), "at \(time) s")
        }
    }

    @Test("one lost check is no silence while something is heard, and is without")
    func lostCheck() {
        for isHeard in [true, false] {
            var consent = consent()
            consent.check(ID(high: 1, low: 1), now: Self.second * 5)
            if isHeard { consent.note(arrival: 6) }
            #expect(consent.verdict(now: Self.second * 6) == .fresh)
            #expect(consent.verdict(now: Self.second * 7) == (isHeard ? .fresh : .silent))
            consent.check(ID(high: 1, low: 2), now: Self.second * 7)
            #expect(consent.verdict(now: Self.second * 9) == .silent)
            let isProved = consent.prove(ID(high: 1, low: 2), now: Self.second * 9)
            #expect(isProved)
            #expect(consent.verdict(now: Self.second * 9) == .fresh)
        }
    }

    @Test("answers to more checks than are remembered are none")
    func bounded() {
        var consent = consent()
        for number in 0...UInt64(Consent.maximumWaiting) {
            consent.check(ID(high: 1, low: number), now: .nanoseconds(number))
        }
        #expect(!consent.isAwaited(ID(high: 1, low: 0)))
        #expect(consent.isAwaited(ID(high: 1, low: 1)))
        consent.forget(ID(high: 1, low: 1))
        #expect(!consent.isAwaited(ID(high: 1, low: 1)))
    }

    @Test("all look at the same times, and at the moment when consent expires")
    func looks() {
        let (interval, step) = (Consent.interval, Duration.nanoseconds(1))
        #expect(
            [.zero, step, interval - step, interval].map(Consent.delay) == [interval, interval - step, step, interval])
        let consent = Consent(expiry: Self.second * 11, arrival: 0, now: Self.second / 2)
        #expect(consent.delay(now: Self.second * 11) == Self.second / 2)
        #expect(consent.delay(now: Self.second * 12) == .zero)
        #expect(consent.verdict(now: .zero) == .fresh, "a clock that runs backwards does no harm")
    }

    @Test("where only libnice checks, consent is renewed once without an answer, and not a second time")
    func renewal() {
        var renewal = ConsentRenewal()
        // At 27 s libnice has had an answer since 10 s, or it would have given up before.
        let allowed = [10, 26, 27, 27].map { renewal.begin(now: Self.second * $0) }
        #expect(allowed == [true, false, true, false])
    }
}

@Suite("checks of consent")
struct ConnectivityCheckTests {
    private func check(password: String = "VOkJxbRl1RmTxUk/WvJxBt") throws -> ConnectivityCheck {
        ConnectivityCheck(
            local: try ICECredentials(usernameFragment: "h6vY", password: "0123456789012345678901"),
            remote: try ICECredentials(usernameFragment: "evtj", password: password), priority: 0x6E00_01FF,
            role: .controlled)
    }

    @Test("the sample response of RFC 5769 is authentic, and not with another password")
    func sample() throws {
        let (id, answer) = try #require(try check().answer(STUNTests.ipv4Response))
        #expect(id == STUNTests.id && answer == .success)
        #expect(try check(password: "VOkJxbRl1RmTxUk/WvJxBu").answer(STUNTests.ipv4Response) == nil)
        #expect(ConnectivityCheck.fingerprint(of: Array(STUNTests.ipv4Response.dropLast(8))) == 0xC07D_4C96)
    }

    @Test("no bit of what is signed can be changed, and nothing is taken that is cut or without a signature")
    func forged() throws {
        let check = try check()
        let signed = STUNTests.ipv4Response.count - 8
        for position in 0..<signed * 8 {
            var bytes = STUNTests.ipv4Response
            bytes[position / 8] ^= 1 << (position % 8)
            #expect(check.answer(bytes) == nil, "bit \(position)")
        }
        for count in 0..<STUNTests.ipv4Response.count {
            #expect(check.answer(Array(STUNTests.ipv4Response.prefix(count))) == nil)
        }
        #expect(check.answer(STUNTests.response([])) == nil)
        // 401 as libnice sends it: of the right transaction, and unsigned.
        #expect(check.answer(STUNTests.response(type: 0x0111, [0, 9, 0, 4, 0, 0, 4, 1])) == nil)
    }

    @Test(
        "errors with a signature are told apart",
        arguments: [(487, ConnectivityCheck.Answer.roleConflict), (403, .forbidden)])
    func errors(code: Int, expected: ConnectivityCheck.Answer) throws {
        let check = try check()
        let error: [UInt8] = [0, 9, 0, 4, 0, 0, UInt8(code / 100), UInt8(code % 100)]
        // The length counts the signature already.
        var message = STUNTests.response(type: 0x0111, error)
        message[3] = UInt8(error.count + 24)
        message += [0, 8, 0, 20] + MessageIntegrity.code(of: message, password: check.remote.password)
        #expect(check.answer(message)?.answer == expected)
    }

    @Test("a request says who asks whom, in which role, and ends with signature and fingerprint")
    func request() throws {
        let bytes = try check().encode(STUNTests.id)
        #expect(Array(bytes[0..<2]) == [0, 1] && Int(bytes[2]) << 8 | Int(bytes[3]) == bytes.count - 20)
        #expect(Array(bytes[20..<24]) == [0, 6, 0, 9] && bytes[24..<33].elementsEqual("evtj:h6vY".utf8))
        #expect(Array(bytes[36..<44]) == [0, 0x24, 0, 4, 0x6E, 0, 1, 0xFF])
        #expect(Array(bytes[44..<56]) == [0x80, 0x29, 0, 8] + Array(repeating: 0xFF, count: 8))
        var signed = Array(bytes[0..<56])
        signed[3] = UInt8(56 - 20 + 24)
        #expect(
            Array(bytes[56..<80])
                == [0, 8, 0, 20] + MessageIntegrity.code(of: signed, password: "VOkJxbRl1RmTxUk/WvJxBt"))
        var controlling = try check()
        controlling.role = .controlling
        // A tie-breaker of 0 is no attribute to libjuice.
        let role: [UInt8] = [0x80, 0x2A, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1]
        #expect(Array(controlling.encode(STUNTests.id)[44..<56]) == role)
        #expect(Array(bytes[80..<84]) == [0x80, 0x28, 0, 4] && bytes.count == 88)
    }
}

extension ConnectivityCheck {
    /// Swift Testing's macros take no Span.
    fileprivate func answer(_ bytes: [UInt8]) -> (id: STUNBinding.TransactionID, answer: Answer)? {
        answer(in: bytes.span)
    }
}
