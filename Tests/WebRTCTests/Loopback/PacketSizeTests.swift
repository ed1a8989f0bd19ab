import SCTP
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("The size of packets between two connections", .timeLimit(.minutes(3)))
struct PacketSizeTests {
    @Test("grows to what the loopback interface carries, from the first round trip on")
    func growth() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        for _ in 0..<20 {
            try await a.send(.pattern(200_000))
            #expect(try await b.receive() == .binary(.pattern(200_000)))
        }
        let largest = try #require(SCTPConfiguration.usualPacketSizes.max())
        // usrsctp leaves out the common header of 12 bytes.
        #expect(await pair.a.maximumTransmissionUnit == largest - 12)
        await pair.close()
    }
}

extension PeerConnection {
    fileprivate var maximumTransmissionUnit: Int? { data?.association?.statistics.maximumTransmissionUnit }
}
