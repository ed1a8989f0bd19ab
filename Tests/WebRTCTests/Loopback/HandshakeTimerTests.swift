import NetworkLoop
import Testing

@testable import DTLS
@testable import ICE
@testable import WebRTC

@Suite("The timer of a handshake", .timeLimit(.minutes(3)))
struct HandshakeTimerTests {
    /// Holds a stack until its handshake has failed.
    private final class Holder {
        var stack: TransportStack?
        var retransmissions: UInt64 = 0
        var continuation: CheckedContinuation<(DTLSError?, UInt64), any Error>?

        func finish(_ error: DTLSError?) {
            retransmissions = stack?.dtls?.counters.retransmissions ?? 0
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
                    let stack = try TransportStack(
                        loop: loop, configuration: ICEConfiguration(), credentials: .random(),
                        certificate: certificate, logger: nil, wake: {},
                        onEvent: { event in
                            guard case .dtlsState(.failed, let error) = event else { return }
                            holder.finish(error)
                            // Not from inside of its own call.
                            _ = loop.schedule(after: .zero) {
                                holder.stack?.close()
                                holder.stack = nil
                            }
                        })
                    holder.stack = stack
                    stack.expectPeer(certificate.fingerprints, role: .client)
                    // As if there were a pair.
                    stack.dtls?.start(now: loop.now)
                    let alert: [UInt8] = [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40]
                    stack.receive(alert.span)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        #expect(error?.alert == 40)
        #expect(retransmissions >= 2)
    }
}
