public import MediaFiles

/// Why media cannot be recorded to a file, or played from one.
public enum MediaIOError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system refuses, or the file is not of its format.
    case file(FileError)
    /// The path does not say of which format the file is, or says too little.
    case format(path: String, problem: String)
    /// The format has no place for the codec, or WebRTC has none.
    case codec(String, path: String, allowed: [String])
    /// Another track cannot be added.
    case track(id: String, problem: String)
    /// A picture stands behind one that is shown later (B-frames), which WebRTC cannot send.
    case reordered(path: String, at: Duration)
    /// What is received has made a recording go on in another file too often, and does not fit the
    /// last one: other codecs or formats of pictures, again and again.
    case fileChanges(path: String, maximum: Int)
    /// It has been stopped.
    case stopped(path: String)

    /// One sentence that says what is wrong, where, and what is allowed.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .format(let path, let problem): "\(path): \(problem)"
        case .codec(let codec, let path, let allowed):
            "\(path): it cannot be used with \(codec); with \(allowed.joined(separator: ", "))"
        case .track(let id, let problem): "track \(id): \(problem)"
        case .reordered(let path, let time):
            "\(path): pictures at \(time) do not stand in the order in which they are shown; encode it without "
                + "B-frames (ffmpeg: -bf 0)"
        case .fileChanges(let path, let maximum):
            "\(path): what is received has changed its format more than \(maximum) times; begin another recording"
        case .stopped(let path): "\(path): it has been stopped"
        }
    }
}
