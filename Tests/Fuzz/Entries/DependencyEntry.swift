import RTP

/// Dependency descriptors of a source one after another: what is read is the same when it is written and read again.
enum DependencyEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        var reader = DependencyDescriptorReader()
        while !input.isEmpty {
            let value = input.take(Int(input.byte()))
            guard let descriptor = try? reader.read(value.span) else { continue }
            let written = try descriptor.bytes(structure: reader.structure)
            try FuzzFinding.require(written.count <= max(3, value.count), "it is longer than it was")
            var again = try DependencyDescriptor(written.span, structure: reader.structure)
            // Another template may say the same, or more.
            again.templateID = descriptor.templateID
            try FuzzFinding.require(again == descriptor, "it is written differently")
            _ = reader.resolution(of: descriptor)
            for target in 0..<(reader.structure?.decodeTargetCount ?? 0) {
                _ = reader.structure?.layers(ofTarget: target)
            }
        }
    }
}
