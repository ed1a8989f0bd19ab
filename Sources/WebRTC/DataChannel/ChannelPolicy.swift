internal import AsyncQueues
internal import JSEP

extension BoundedBuffer<DataChannel>.Policy {
    /// No channel that is open is lost: one for which there is no room is refused before it opens.
    /// Those that the peer has closed again go first.
    ///
    /// - Parameter limit: how many may wait to be taken; 1 MiB of names are enough, too.
    static func channels(limit: Int) -> Self {
        Self(
            count: limit, bytes: 1 << 20, overflow: .refuse, cost: { $0.nameBytes },
            supersedes: { _, old in old.readyState == .closed })
    }
}
