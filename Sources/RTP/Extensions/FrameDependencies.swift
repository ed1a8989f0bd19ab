/// Which frames a frame needs, and who needs it (AV1 RTP specification, appendix A). As a template
/// it stands for all frames of one kind.
public struct FrameDependencies: Sendable, Hashable {
    /// What a frame is to somebody who wants one of the decode targets (table A.1).
    public enum Indication: UInt8, Sendable, Hashable {
        /// It does not belong to the target.
        case notPresent = 0
        /// No other frame of the target needs it.
        case discardable = 1
        /// From here on the target can be decoded, if the frame can.
        case `switch` = 2
        /// Others of the target need it.
        case required = 3
    }

    /// The layer in space, 0 to 3.
    public var spatialID: UInt8
    /// The layer in time, 0 to 7.
    public var temporalID: UInt8
    /// One for each decode target.
    public var indications: [Indication]
    /// How far back the frames are that it needs, by their numbers: 1 to 4096, in a template 1 to
    /// 16.
    public var frameDifferences: [Int]
    /// How far back the last frame of each chain is, by their numbers: 0 to 255, in a template 0 to
    /// 15. 0 begins the chain anew.
    public var chainDifferences: [Int]

    /// Makes them.
    public init(
        spatialID: UInt8 = 0, temporalID: UInt8 = 0, indications: [Indication] = [], frameDifferences: [Int] = [],
        chainDifferences: [Int] = []
    ) {
        self.spatialID = spatialID
        self.temporalID = temporalID
        self.indications = indications
        self.frameDifferences = frameDifferences
        self.chainDifferences = chainDifferences
    }
}
