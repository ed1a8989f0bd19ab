import RTP

/// Chooses a decode target by the dependency descriptors of a stream, whatever its codec (AV1 RTP
/// specification, appendix A). Pure.
///
/// - A frame is let through only if all frames that it needs were. Once a frame of the target's
///   chain is gone, all is left out up to a switch indication that can be decoded, or a key frame.
/// - Higher targets begin where the descriptor indicates a switch; lower ones at once, if their
///   chain is whole.
/// - If only the chain of higher layers is gone, lower ones go on until then.
/// - Frame numbers go on over a change of the source. The watcher is told which decode targets it
///   gets, and gets the structure with its first frame in any case.
package struct DependencyFilter: LayerFilter {
    private struct Segment: Sendable {
        let source: UInt32
        let firstPacket: Int64
        var highestPacket: Int64
        /// What is added to frame numbers.
        let shift: Int64
        var frames: ForwardedFrames
        var structure: FrameDependencyStructure?
        var target: Int?
        /// The decode targets that the watcher knows to be sent.
        var announced: UInt32?
    }

    /// For how long a frame that is missing, or not whole, is taken for one that will yet come, as
    /// it was asked for again. With zero no frame is let through before all that it needs.
    package let patience: Duration
    private var current: Segment?
    private var previous: Segment?
    /// The last frame number that the watcher has got.
    private var lastNumber: Int64?
    private var isBroken = false
    private var isWaiting = false
    /// A source that has no descriptors, of which all is let through.
    private var plainSource: UInt32?

    /// Nothing has come yet.
    package init(patience: Duration = .milliseconds(200)) { self.patience = patience }

    package var needsKeyFrame: Bool { current == nil && plainSource == nil || isBroken }

    package var waitsForLayers: Bool { isWaiting }

    package mutating func begin(with packet: SourcePacket) {
        previous = current ?? previous
        (isBroken, isWaiting, plainSource) = (false, false, nil)
        guard case .described(let facts) = packet.facts else {
            (current, plainSource) = (nil, packet.source)
            return
        }
        let number = Int64(facts.descriptor.frameNumber)
        current = Segment(
            source: packet.source, firstPacket: packet.number, highestPacket: packet.number - 1,
            shift: lastNumber.map { $0 + 1 - number } ?? 0, frames: ForwardedFrames(first: number))
    }

    package mutating func changes(of packet: SourcePacket, limit: LayerLimit) -> LayerChanges? {
        guard case .described(let facts) = packet.facts else {
            return packet.source == plainSource ? LayerChanges() : nil
        }
        noteRestart(packet, facts)
        if var segment = current, segment.source == packet.source, packet.number >= segment.firstPacket {
            current = nil
            defer { current = segment }
            return changes(of: packet, facts, limit, in: &segment)
        }
        guard var segment = previous, segment.source == packet.source else { return nil }
        let number = unwrapped(UInt32(facts.descriptor.frameNumber), bits: 16, near: segment.frames.highest)
        guard segment.frames[number]?.state == .forwarded else { return nil }
        return Self.changes(facts, number, isNew: false, in: &segment)
    }

    /// Looks whether a source counts its frames from elsewhere on: the packet is the latest, but
    /// its frame is not. Then a key frame has to come.
    private mutating func noteRestart(_ packet: SourcePacket, _ facts: DescribedFacts) {
        guard let segment = current, segment.source == packet.source, packet.number > segment.highestPacket else {
            return
        }
        let highest = segment.frames.highest
        let back = highest - unwrapped(UInt32(facts.descriptor.frameNumber), bits: 16, near: highest)
        if back > 0, facts.beginsKeyFrame {
            begin(with: packet)
        } else if back >= Int64(ForwardedFrames.capacity) {
            isBroken = true
        }
    }

    private mutating func changes(
        of packet: SourcePacket, _ facts: DescribedFacts, _ limit: LayerLimit, in segment: inout Segment
    ) -> LayerChanges? {
        let number = unwrapped(UInt32(facts.descriptor.frameNumber), bits: 16, near: segment.frames.highest)
        segment.highestPacket = max(segment.highestPacket, packet.number)
        guard number >= segment.frames.first else { return nil }
        let isNew = number > segment.frames.highest
        if let frame = segment.frames[number], frame.state != .missing {
            guard frame.state == .forwarded else { return nil }
        } else {
            let now = packet.arrival
            let open = segment.frames.open(
                facts.dependencies.frameDifferences.map { number - Int64($0) }, now: now, patience: patience)
            let isGood = open != nil
            // What is too old to be known is late for all.
            guard isNew || segment.frames[number] != nil else { return nil }
            if isNew { choose(facts, limit, number, isGood, now, in: &segment) }
            let isWanted = Self.indication(facts, segment.target) != .notPresent
            let isForwarded = isWanted && isGood && !isBroken
            segment.frames.decide(number, isForwarded ? .forwarded : .leftOut, needing: open ?? [], now: now)
            guard isForwarded else { return nil }
            if isNew { lastNumber = number + segment.shift }
        }
        segment.frames.note(packet, number, isFirst: facts.descriptor.isFirst, isLast: facts.descriptor.isLast)
        return Self.changes(facts, number, isNew: isNew, in: &segment)
    }

    /// Chooses the target that is let through from a frame on, and looks whether its chain is
    /// whole.
    private mutating func choose(
        _ facts: DescribedFacts, _ limit: LayerLimit, _ number: Int64, _ isGood: Bool, _ now: Duration,
        in segment: inout Segment
    ) {
        let wanted = facts.target(within: limit) ?? facts.lowestTarget
        let begins = facts.dependencies.frameDifferences.isEmpty && facts.structure != segment.structure
        if segment.structure == nil || begins || isGood && facts.dependencies.isKey {
            (segment.structure, segment.target, isBroken, isWaiting) = (facts.structure, wanted, false, false)
            return
        }
        guard facts.structure == segment.structure else { return isBroken = true }
        if let wanted, wanted != segment.target {
            let isSwitch = isGood && Self.indication(facts, wanted) == .switch
            let isDown = segment.target.map { facts.isTarget(wanted, below: $0) } ?? true
            let isWhole = isChainWhole(of: wanted, facts, number, now, in: segment)
            if isSwitch || isDown && isWhole && !isBroken { (segment.target, isBroken) = (wanted, false) }
        }
        if let target = segment.target, !isBroken, !isChainWhole(of: target, facts, number, now, in: segment),
            let lower = facts.layers.indices.reversed().first(where: {
                $0 != target && facts.isActive($0) && facts.isTarget($0, below: target)
                    && isChainWhole(of: $0, facts, number, now, in: segment)
            })
        {
            segment.target = lower
        }
        isWaiting = wanted.map { facts.spatial($0) } != segment.target.map { facts.spatial($0) }
        let target = segment.target
        let indication = Self.indication(facts, target)
        if isBroken {
            if isGood, indication == .switch { isBroken = false }
        } else if let target, !isChainWhole(of: target, facts, number, now, in: segment) {
            isBroken = true
        } else if !isGood, indication == .required || indication == .switch {
            isBroken = true
        }
    }

    /// Whether the last frame of a target's chain was let through; of a frame with which the chain
    /// begins anew, and without chains, true.
    private func isChainWhole(
        of target: Int, _ facts: DescribedFacts, _ number: Int64, _ now: Duration, in segment: Segment
    ) -> Bool {
        guard facts.structure.chainsOfTargets.indices.contains(target) else { return true }
        let chain = facts.structure.chainsOfTargets[target]
        guard facts.dependencies.chainDifferences.indices.contains(chain) else { return true }
        let back = facts.dependencies.chainDifferences[chain]
        return back == 0 || segment.frames.open([number - Int64(back)], now: now, patience: patience) != nil
    }

    private static func indication(_ facts: DescribedFacts, _ target: Int?) -> FrameDependencies.Indication {
        guard let target, facts.dependencies.indications.indices.contains(target) else { return .notPresent }
        return facts.dependencies.indications[target]
    }

    // MARK: Changes

    private static func changes(
        _ facts: DescribedFacts, _ number: Int64, isNew: Bool, in segment: inout Segment
    ) -> LayerChanges {
        let outgoing = UInt16(truncatingIfNeeded: number + segment.shift)
        let spatial = segment.target.map { facts.spatial($0) }
        var changes = LayerChanges(
            setsMarker: facts.descriptor.isLast && Int(facts.dependencies.spatialID) == spatial,
            descriptor: PacketRewrite.Descriptor(id: facts.id, frameNumber: outgoing))
        guard let target = segment.target, facts.structure == segment.structure else { return changes }
        let sent = facts.targets(within: target)
        let says = facts.descriptor.structure != nil || facts.descriptor.activeTargets != nil
        let isFirst = segment.announced == nil
        guard says || isNew && sent != segment.announced else { return changes }
        if isNew || isFirst { segment.announced = sent }
        var descriptor = facts.descriptor
        if isFirst { descriptor.structure = facts.structure }
        // A new structure begins with all targets.
        let known = descriptor.activeTargets ?? (descriptor.structure == nil ? nil : facts.allTargets)
        guard known != sent || descriptor.structure != facts.descriptor.structure else { return changes }
        descriptor.frameNumber = outgoing
        descriptor.activeTargets = sent
        changes.descriptor?.replacement = try? descriptor.bytes(structure: facts.structure)
        return changes
    }
}

extension FrameDependencies {
    /// Whether the frame needs no other, and all that come later can begin with it.
    fileprivate var isKey: Bool {
        frameDifferences.isEmpty && spatialID == 0 && indications.allSatisfy { $0 == .switch || $0 == .required }
    }
}

extension DescribedFacts {
    /// One bit for each decode target that there is.
    fileprivate var allTargets: UInt32 {
        UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(min(max(structure.decodeTargetCount, 0), 32))) - 1)
    }

    /// The target with the fewest layers of those that are sent.
    fileprivate var lowestTarget: Int? {
        layers.indices.filter { isActive($0) }.min {
            (layers[$0].spatial, layers[$0].temporal) < (layers[$1].spatial, layers[$1].temporal)
        }
    }

    /// The highest layer in space of a target.
    fileprivate func spatial(_ target: Int) -> Int { layers.indices.contains(target) ? layers[target].spatial : 0 }

    /// Whether a target has no layer that another has not.
    fileprivate func isTarget(_ target: Int, below other: Int) -> Bool {
        guard layers.indices.contains(target), layers.indices.contains(other) else { return false }
        let (lower, upper) = (layers[target], layers[other])
        return lower.spatial <= upper.spatial && lower.temporal <= upper.temporal
    }

    /// One bit for each decode target that is whole if one of them is sent.
    fileprivate func targets(within target: Int) -> UInt32 {
        var targets: UInt32 = 0
        for other in layers.indices where isActive(other) && isTarget(other, below: target) {
            targets |= 1 << UInt32(other)
        }
        return targets
    }
}
