import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("Settings of an association")
    struct SettingsTests {
        private static func connected(_ change: (inout SCTPConfiguration) -> Void) throws -> TestPair {
            var configuration = SCTPConfiguration()
            change(&configuration)
            return try .connected(configuration, .init())
        }

        @Test("each reaches usrsctp, and only this association")
        func reach() throws {
            let pair = try Self.connected {
                $0.maximumBurst = 77
                $0.acknowledgementDelay = .milliseconds(33)
                $0.retransmissionTimeout = .milliseconds(300) ... .seconds(4)
                $0.congestionControl = .highSpeed
            }
            let near = try #require(pair.a.association?.native.settings)
            #expect(
                near == .init(burst: 77, retransmissionTimeout: 300...4000, acknowledgementDelay: 33, controlModule: 1))
            let far = try #require(pair.b.association?.native.settings)
            #expect(far.retransmissionTimeout == 250...2000 && far.acknowledgementDelay == 20 && far.controlModule == 0)
        }

        @Test(
            "a window begins with as many packets as is said", arguments: SCTPConfiguration.CongestionControl.allCases)
        func initialWindow(_ control: SCTPConfiguration.CongestionControl) throws {
            let pair = try Self.connected {
                $0.initialWindow = 5
                $0.congestionControl = control
            }
            try pair.a.send(TestPair.pattern(100_000, seed: 1))
            #expect(pair.a.outbox.count == 5)
        }

        @Test("a window that is set holds at once, upwards and downwards", arguments: [3, 40])
        func setWindow(_ packets: Int) throws {
            let pair = try TestPair.connected()
            pair.a.association?.native.setWindow(packets * 1148, limit: packets * 1148, burst: 100)
            try pair.a.send(TestPair.pattern(100_000, seed: 1))
            #expect(pair.a.outbox.count == packets)
            try pair.run(until: { pair.b.messages.count == 1 })
        }

        @Test(
            "what makes no sense is refused before usrsctp sees it",
            arguments: [
                { $0.initialWindow = 0 }, { $0.maximumBurst = 0 }, { $0.acknowledgementDelay = .milliseconds(501) },
                { $0.acknowledgementDelay = .zero }, { $0.retransmissionTimeout = .zero ... .milliseconds(100) },
                { $0.retransmissionTimeout = .milliseconds(100) ... .milliseconds(60_001) },
            ] as [@Sendable (inout SCTPConfiguration) -> Void])
        func refused(_ change: @Sendable (inout SCTPConfiguration) -> Void) {
            var configuration = SCTPConfiguration()
            change(&configuration)
            let error = #expect(throws: SCTPError.self) { try configuration.validate() }
            #expect(error?.code == .invalidArgument)
        }
    }
}
