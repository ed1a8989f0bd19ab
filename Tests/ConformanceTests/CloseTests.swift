import JSEP
import Testing
import TransportTypes
import WebRTC
import WebRTCTestSupport

@Suite("CLO: closing a connection", .timeLimit(.minutes(3)))
struct CloseTests {
    private func channels(of connection: PeerConnection, from first: UInt16) async throws -> [DataChannel] {
        var channels: [DataChannel] = []
        for index in 0..<12 {
            channels.append(try await connection.createDataChannel("in band \(index)"))
            let options = DataChannelOptions(negotiated: true, id: first + UInt16(index))
            channels.append(try await connection.createDataChannel("negotiated \(index)", options: options))
        }
        return channels
    }

    @Test("CLO-01 before connecting, all channels are closed at once")
    func unconnected() async throws {
        let connection = try PeerConnection()
        let channels = try await channels(of: connection, from: 100)
        connection.close()
        #expect(channels.count == 24 && channels.allSatisfy { $0.readyState == .closed })
    }

    @Test("CLO-02 after connecting, all channels are closed at once, fresh ones too, and so is SCTP")
    func connected() async throws {
        let pair = try ConnectedPair()
        let (first, _) = try await pair.channel()
        let sctp = try #require(pair.a.sctp)
        let fresh = try await channels(of: pair.a, from: 100)
        pair.a.close()
        #expect(first.readyState == .closed && fresh.allSatisfy { $0.readyState == .closed })
        await pair.a.closed()
        #expect(sctp.state == .closed && sctp.transport.state == .closed)
        await pair.close()
    }

    @Test("CLO-03 the states are closed at once, and the end of their sequences is all that tells")
    func states() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        let (signaling, ice, connection) = (
            pair.a.signalingStates, pair.a.iceConnectionStates, pair.a.connectionStates
        )
        pair.a.close()
        #expect(pair.a.signalingState == .closed && pair.a.iceConnectionState == .closed)
        #expect(pair.a.connectionState == .closed)
        // W3C fires no event. A sequence says by `closed` that it ends, once.
        #expect(await signaling.all().dropLast().allSatisfy { $0 != .closed })
        #expect(await ice.all().dropLast().allSatisfy { $0 != .closed })
        #expect(await connection.all().dropLast().allSatisfy { $0 != .closed })
        await pair.close()
    }

    @Test("CLO-05 an operation that close() overtakes ends, and changes nothing afterwards")
    func overtaken() async throws {
        for _ in 0..<50 {
            let connection = try PeerConnection(configuration: ConnectedPair.loopback)
            _ = try await connection.createDataChannel("data")
            let operation = Task { try await connection.setLocalDescription() }
            connection.close()
            let (state, description) = (connection.signalingState, connection.localDescription)
            // It has ended before, or it fails.
            if case .success = await operation.result { #expect(description != nil) }
            #expect(state == .closed && connection.signalingState == .closed)
            #expect(connection.localDescription == description)
            await expect(.invalidState) { try await connection.setLocalDescription() }
        }
    }
}
