package import AsyncQueues
package import JSEP

extension BoundedBuffer<SignalingPayload>.Policy {
    /// What waits for signaling, or has come from it: 1024 messages or 1 MiB of text, and what is
    /// more is refused.
    package static var signaling: BoundedBuffer<JSEP.SignalingPayload>.Policy {
        Self(count: 1024, bytes: 1 << 20, overflow: .refuse, cost: \.textBytes)
    }
}

extension SignalingPayload {
    /// The size of what a peer may make as long as it likes, in bytes.
    fileprivate var textBytes: Int {
        switch self {
        case .description(let description, _): description.sdp.utf8.count
        case .candidate(let candidate):
            [candidate?.candidate, candidate?.sdpMid, candidate?.usernameFragment].reduce(0) {
                $0 + ($1?.utf8.count ?? 0)
            }
        }
    }
}
