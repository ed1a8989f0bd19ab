internal import AsyncQueues
package import RTP

/// What an application has fed a track with.
package enum FedItem: Sendable {
    case frame(MediaFrame)
    /// Its numbers and timestamps are the application's.
    case packet(RTPPacket, codec: String)

    /// About how many bytes of memory it takes.
    var cost: Int {
        switch self {
        case .frame(let frame): frame.data.count + 128
        case .packet(let packet, _): packet.memorySize
        }
    }
}

extension BoundedBuffer<FedItem>.Policy {
    /// Some seconds.
    static var feeds: Self { Self(count: 4096, bytes: 16 << 20, overflow: .dropOldest, cost: \.cost) }
}
