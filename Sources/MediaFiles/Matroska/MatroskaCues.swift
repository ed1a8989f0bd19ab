/// Where a player can begin: a bounded number of places, which are farther apart the longer the
/// file is.
struct MatroskaCues: Sendable {
    private static let maximumCount = 16384

    private struct Point: Sendable {
        let time: Int64
        let track: Int
        /// From the beginning of the Segment's content.
        let cluster: Int
    }

    private var points: [Point] = []
    /// Only one of so many is kept.
    private var distance = 1
    private var count = 0

    var isEmpty: Bool { points.isEmpty }

    mutating func note(time: Int64, track: Int, cluster: Int) {
        defer { count += 1 }
        guard count % distance == 0 else { return }
        if points.count == Self.maximumCount {
            points = points.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            distance *= 2
            guard count % distance == 0 else { return }
        }
        points.append(Point(time: time, track: track, cluster: cluster))
    }

    func append(to bytes: inout [UInt8]) {
        EBML.append(MatroskaID.cues, to: &bytes) { list in
            for point in points {
                EBML.append(MatroskaID.cuePoint, to: &list) { entry in
                    EBML.append(MatroskaID.cueTime, unsigned: UInt64(point.time), to: &entry)
                    EBML.append(MatroskaID.cueTrackPositions, to: &entry) { positions in
                        EBML.append(MatroskaID.cueTrack, unsigned: UInt64(point.track + 1), to: &positions)
                        EBML.append(
                            MatroskaID.cueClusterPosition, unsigned: UInt64(point.cluster), to: &positions)
                    }
                }
            }
        }
    }
}
