package import RTP

/// One video, or audio, of one watcher: takes the packets of the sources that it can be made of,
/// and tells what becomes of each. Pure; time is a parameter.
///
/// The source before goes on until the first packet of a key frame of the new one comes.
package struct TrackForwarder: Sendable {
    /// What the watcher is to have.
    package struct Target: Sendable, Hashable {
        /// The SSRC.
        package var source: UInt32
        /// Who sends it: sources of one sender have the same wall clock.
        package var sender: UInt64
        /// The highest layers.
        package var limit: LayerLimit

        /// Makes one.
        package init(source: UInt32, sender: UInt64 = 0, limit: LayerLimit = LayerLimit()) {
            self.source = source
            self.sender = sender
            self.limit = limit
        }
    }

    /// What the watcher is to have; nil for a pause, which takes effect at once.
    package var target: Target? {
        didSet {
            if target == nil { isRunning = false }
            if let target, target.source == current?.source { current?.limit = target.limit }
        }
    }
    /// What it has now; nil before the first key frame.
    package private(set) var current: Target?
    /// Makes the packets one stream.
    package private(set) var rewriter: StreamRewriter
    private var filter: any LayerFilter
    private var isRunning = false
    private var seen = SeenNumbers()

    /// - Parameters:
    ///   - rewriter: of the watcher's stream, fresh.
    ///   - codec: of all sources.
    ///   - isDescribed: whether the sources' packets have dependency descriptors.
    package init(rewriter: StreamRewriter, codec: SourceReader.Codec, isDescribed: Bool = false) {
        self.rewriter = rewriter
        filter =
            switch codec {
            case .vp8: VP8Filter()
            case .vp9: VP9Filter()
            case .h264 where isDescribed, .h265 where isDescribed, .av1 where isDescribed: DependencyFilter()
            default: WholeFilter()
            }
    }

    /// The source whose packets it lets through now; nil in a pause, and before the first key
    /// frame.
    package var runningSource: UInt32? { isRunning ? current?.source : nil }

    /// The source that has to send a key frame before the watcher can have what it is to have; nil
    /// if none has to.
    package var wantedKeyFrame: UInt32? {
        guard let target else { return nil }
        guard isRunning, current?.source == target.source else { return target.source }
        return filter.needsKeyFrame || filter.waitsForLayers ? target.source : nil
    }

    /// Takes a packet of any source; those of sources that are of no use now are passed over.
    ///
    /// - Returns: what is to be changed of it before it is sent; nil if it is not to be sent.
    package mutating func receive(_ packet: SourcePacket) -> PacketRewrite? {
        guard let target else { return nil }
        if packet.source == target.source, !isRunning || current?.source != packet.source {
            guard packet.beginsKeyFrame, !packet.isEmpty else { return pass(packet) }
            return begin(packet, target)
        }
        return pass(packet)
    }

    /// Takes a report of a source; the watcher's, if it is of the one that it has now.
    package mutating func receive(_ report: SenderReport) -> SenderReport? {
        rewriter.note(report)
        return isRunning ? rewriter.report(from: report) : nil
    }

    private mutating func begin(_ packet: SourcePacket, _ target: Target) -> PacketRewrite? {
        (current, isRunning) = (target, true)
        seen = SeenNumbers()
        seen.insert(packet.number)
        filter.begin(with: packet)
        let rewrite = rewriter.begin(with: packet, sender: target.sender)
        return changed(rewrite, filter.changes(of: packet, limit: target.limit) ?? LayerChanges())
    }

    /// A packet of the source that goes on, or of the one before.
    private mutating func pass(_ packet: SourcePacket) -> PacketRewrite? {
        guard isRunning, let current else { return nil }
        if packet.source == current.source {
            guard seen.insert(packet.number) else { return nil }
        }
        guard !packet.isEmpty, let changes = filter.changes(of: packet, limit: current.limit) else {
            return rewriter.leaveOut(packet)
        }
        guard let rewrite = rewriter.forward(packet) else { return nil }
        return changed(rewrite, changes)
    }

    private mutating func changed(_ rewrite: PacketRewrite, _ changes: LayerChanges) -> PacketRewrite {
        var rewrite = rewrite
        rewrite.setsMarker = changes.setsMarker
        rewrite.payload = changes.payload
        rewrite.descriptor = changes.descriptor
        return rewrite
    }
}
