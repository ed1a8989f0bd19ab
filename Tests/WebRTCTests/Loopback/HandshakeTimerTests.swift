import NetworkLoop
import Testing
import TransportTypes

@testable import DTLS
@testable import ICE
@testable import WebRTC

@Suite("The timer of a handshake", .timeLimit(.minutes(3)))
struct HandshakeTimerTests {
    /// Holds a transport until its handshake has failed.
    private final class Holder {
        var transport: ConnectionTransport?
        var retransmissions: UInt64 = 0
        var continuation: CheckedContinuation<(DTLSError?, UInt64), any Error>?

        func finish(_ error: DTLSError?) {
            retransmissions = transport?.session?.counters.retransmissions ?? 0
            continuation?.resume(returning: (error, retransmissions))
            continuation = nil
        }
    }

    @Test("it is set again for each retransmission, and for an alert that is believed when nothing better comes")
    func setAgain() async throws {
        let loop = NetworkLoop()
        defer { loop.shutdown() }
        let certificate = try Certificate.shared()
        let (error, retransmissions) = try await withCheckedThrowingContinuation { continuation in
            loop.post {
                let holder = Holder()
                holder.continuation = continuation
                do {
                    let transport = try ConnectionTransport(
                        id: 1, loop: loop, configuration: ICEConfiguration(), credentials: .random(),
                        certificate: certificate, logger: nil, wake: {},
                        onEvent: { event in
                            guard case .stateChanged = event, let dtls = holder.transport?.dtls, dtls.state == .failed
                            else { return }
                            holder.finish(dtls.error)
                            // Not from inside of its own call.
                            _ = loop.schedule(after: .zero) {
                                holder.transport?.close()
                                holder.transport = nil
                            }
                        })
                    holder.transport = transport
                    transport.expectPeer(certificate.fingerprints, role: .client)
                    // As if there were a pair.
                    transport.session?.start(now: loop.now)
                    let alert: [UInt8] = [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40]
                    transport.receive(alert.span, segmentSize: alert.count)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        #expect(error?.alert == 40)
        #expect(retransmissions >= 2)
    }
}
