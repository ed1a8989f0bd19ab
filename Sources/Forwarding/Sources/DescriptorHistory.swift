internal import RTP

/// Reads the descriptors of a source's packets, also of those that come late: each by the structure
/// that stood at its number.
struct DescriptorHistory: Sendable {
    /// How many structures are kept for what comes late.
    static let maximumCount = 3

    private struct Entry: Sendable {
        var since: Int64
        var structure: FrameDependencyStructure
        var layers: [LayerLimit]
        var activeTargets: UInt32
    }

    private var entries: [Entry] = []
    /// The highest packet that has changed the targets.
    private var lastChange = Int64.min

    /// Reads one; nil if it is none, or its structure is not known.
    mutating func read(_ value: Span<UInt8>, id: UInt8, number: Int64) -> DescribedFacts? {
        let index = entries.lastIndex { $0.since <= number }
        let known = index.map { entries[$0].structure }
        guard let descriptor = try? DependencyDescriptor(value, structure: known),
            let dependencies = descriptor.dependencies, let structure = descriptor.structure ?? known
        else { return nil }
        var active = index.map { entries[$0].activeTargets } ?? 0
        var layers = index.map { entries[$0].layers } ?? []
        if descriptor.structure != nil {
            active = descriptor.activeTargets ?? .max
            if structure != known {
                layers = Self.layers(of: structure)
                keep(Entry(since: number, structure: structure, layers: layers, activeTargets: active), at: index)
            }
        } else if let targets = descriptor.activeTargets, let index {
            active = targets
            if number > lastChange { entries[index].activeTargets = targets }
        }
        if descriptor.activeTargets != nil || descriptor.structure != nil { lastChange = max(lastChange, number) }
        return DescribedFacts(
            descriptor: descriptor, dependencies: dependencies, structure: structure, layers: layers,
            activeTargets: active, id: id)
    }

    private static func layers(of structure: FrameDependencyStructure) -> [LayerLimit] {
        (0..<min(max(structure.decodeTargetCount, 0), 32)).map {
            let (spatial, temporal) = structure.layers(ofTarget: $0)
            return LayerLimit(spatial: Int(spatial), temporal: Int(temporal))
        }
    }

    /// Keeps a structure in its place.
    private mutating func keep(_ entry: Entry, at index: Int?) {
        entries.insert(entry, at: index.map { $0 + 1 } ?? 0)
        if entries.count > Self.maximumCount { entries.removeFirst() }
    }
}
