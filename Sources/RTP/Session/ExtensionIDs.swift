/// The ids of the header extensions that a session itself reads and writes (RFC 8285); 0 for none.
package struct ExtensionIDs: Sendable, Hashable {
    package var mid: UInt8 = 0
    package var streamID: UInt8 = 0
    package var repairedStreamID: UInt8 = 0
    package var transportSequenceNumber: UInt8 = 0
    package var audioLevel: UInt8 = 0
    package var contributorLevels: UInt8 = 0
    package var videoOrientation: UInt8 = 0
    package var dependencyDescriptor: UInt8 = 0

    package init() {}

    /// Notes what an extension of this name has as its id.
    package mutating func note(_ uri: String, id: UInt8) {
        switch uri {
        case MediaID.uri: mid = id
        case StreamID.uri: streamID = id
        case RepairedStreamID.uri: repairedStreamID = id
        case TransportSequenceNumber.uri: transportSequenceNumber = id
        case AudioLevel.uri: audioLevel = id
        case ContributorLevels.uri: contributorLevels = id
        case VideoOrientation.uri: videoOrientation = id
        case DependencyDescriptor.uri: dependencyDescriptor = id
        default: break
        }
    }

    /// What both have, this one's where they differ.
    func merged(with other: ExtensionIDs) -> ExtensionIDs {
        var merged = self
        for path in Self.all where merged[keyPath: path] == 0 { merged[keyPath: path] = other[keyPath: path] }
        return merged
    }

    private static var all: [WritableKeyPath<ExtensionIDs, UInt8>] {
        [
            \.mid, \.streamID, \.repairedStreamID, \.transportSequenceNumber, \.audioLevel,
            \.contributorLevels, \.videoOrientation, \.dependencyDescriptor,
        ]
    }
}
