import JSEP
import Testing
import WebRTC

@Suite("Settings of SCTP")
struct SCTPSettingsTests {
    private static let refused: [(String, @Sendable (inout SCTPSettings) -> Void)] = [
        ("sctp.sendBuffer", { $0.sendBuffer = 1000 }),
        ("sctp.receiveBuffer", { $0.receiveBuffer = 1 << 30 }),
        ("sctp.initialWindow", { $0.initialWindow = 0 }),
        ("sctp.maximumBurst", { $0.maximumBurst = 5000 }),
        ("sctp.acknowledgementDelay", { $0.acknowledgementDelay = .seconds(1) }),
        ("sctp.retransmissionTimeout", { $0.retransmissionTimeout = .milliseconds(1) ... .seconds(1) }),
    ]

    @Test("what is out of its range is named by the error that refuses it", arguments: refused.indices)
    func refuses(_ index: Int) {
        let (name, change) = Self.refused[index]
        var configuration = PeerConnection.Configuration()
        change(&configuration.sctp)
        let error = #expect(throws: WebRTCError.self) { try PeerConnection(configuration: configuration) }
        #expect(error?.code == .range)
        #expect(error?.message.hasPrefix(name + " is ") == true, "\(error?.message ?? "")")
    }
}
