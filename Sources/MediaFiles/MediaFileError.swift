/// Why bytes are no file of a format, or a frame cannot be written to one. Fields have the names of
/// the format's specification.
public enum MediaFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A field has a value that it cannot have, at a place counted from the first byte read.
    case malformed(field: String, at: Int, problem: String)
    /// A number is not among those that are allowed.
    case outOfRange(field: String, value: Int, allowed: ClosedRange<Int>)
    /// The format has no place for the codec.
    case codec(MediaFileCodec, format: String, allowed: [MediaFileCodec])
    /// There is no such track.
    case noSuchTrack(Int, count: Int)
    /// The track had no key frame when the file began, so it is not in it: begin another file.
    case leftOut(track: Int)
    /// A key frame needs another description of its track (size, parameter sets) than the one that
    /// stands at the beginning of the file: begin another file with it.
    case formatChanged(track: Int)
    /// Nothing can follow the end.
    case finished

    /// One sentence that says what is wrong, where, and what is allowed.
    public var description: String {
        switch self {
        case .malformed(let field, let place, let problem): "\(field) at byte \(place): \(problem)"
        case .outOfRange(let field, let value, let allowed):
            "\(field) is \(value): \(allowed.lowerBound) to \(allowed.upperBound)"
        case .codec(let codec, let format, let allowed):
            "\(format) does not hold \(codec): \(allowed.map(\.rawValue).joined(separator: ", "))"
        case .noSuchTrack(let track, let count): "there is no track \(track), of \(count) counted from 0"
        case .leftOut(let track): "track \(track) had no key frame when the file began, and is not in it"
        case .formatChanged(let track): "track \(track) has another format from this key frame on"
        case .finished: "the file has been finished"
        }
    }
}
