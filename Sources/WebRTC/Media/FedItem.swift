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

extension FedItem {
    /// A picture needs those before it, up to a key frame of its stream.
    fileprivate var link: BoundedBuffer<FedItem>.Link {
        guard case .frame(let frame) = self else { return .init(chain: "", isFirst: true) }
        return .init(chain: frame.streamID ?? "", isFirst: frame.isKeyFrame)
    }
}

extension BoundedBuffer<FedItem>.Policy {
    /// Some seconds.
    static var feeds: Self {
        Self(count: 4096, bytes: 16 << 20, overflow: .dropOldest, cost: \.cost, link: \.link)
    }
}
