/// How well a node is suited to lead. The larger priority leads: the larger device score, then the
/// earlier start.
public struct Priority: Sendable, Hashable, Comparable {
    /// The score of a device that controls others.
    public static let controllerScore: UInt32 = 2
    /// The score of a device that shows what others control.
    public static let displayScore: UInt32 = 1

    /// What the device is; `priority_type` in its service record.
    public var deviceScore: UInt32
    /// When the node started, in milliseconds since 1970; `priority_time` in its service record.
    public var startTime: UInt64

    /// A priority; see the properties.
    public init(deviceScore: UInt32 = displayScore, startTime: UInt64) {
        self.deviceScore = deviceScore
        self.startTime = startTime
    }

    /// Whether `right` is suited better.
    public static func < (left: Priority, right: Priority) -> Bool {
        guard left.deviceScore == right.deviceScore else { return left.deviceScore < right.deviceScore }
        return left.startTime > right.startTime
    }
}
