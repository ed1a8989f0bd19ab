internal import AsyncQueues
internal import JSEP

// How many events wait for a reader that does not read, and what happens then.

extension BoundedBuffer.Policy {
    /// For what only informs: the oldest are lost, and counted.
    static var latest: Self { Self(count: 1024, overflow: .dropOldest) }
}

extension BoundedBuffer<Int?>.Policy {
    /// For a value of which only the last is of use.
    static var newest: Self { Self(count: 1, overflow: .dropOldest, supersedes: { _, _ in true }) }
}

extension BoundedBuffer<Void>.Policy {
    /// For what calls for the same thing each time: one is as good as many.
    static var wake: Self { Self(count: 64, overflow: .dropOldest, supersedes: { _, _ in true }) }
}

extension BoundedBuffer<ICECandidateInit?>.Policy {
    /// No candidate is lost; those of a gathering that is over make room for those of the next,
    /// since the peer has no more use for them (RFC 8839 §4.4.1.1.1).
    static var candidates: Self {
        Self(
            count: 512, overflow: .admit,
            supersedes: { new, old in
                guard let old else { return true }
                return old.sdpMid == new?.sdpMid && old.usernameFragment != new?.usernameFragment
            })
    }
}
