internal import MediaFiles

/// The writer of one of the formats.
enum RecordingWriter: MediaFileWriter {
    case matroska(MatroskaWriter)
    case mp4(FragmentedMP4Writer)

    init(_ format: RecordingFormat, tracks: [MediaFileTrack]) throws(MediaFileError) {
        switch format {
        case .webM, .matroska:
            self = .matroska(try MatroskaWriter(tracks: tracks, format: format == .webM ? .webM : .matroska))
        case .mp4:
            var options = FragmentedMP4Writer.Options()
            // With what waits to be put in order, the file is a second behind at most.
            options.fragmentDuration = .milliseconds(500)
            self = .mp4(try FragmentedMP4Writer(tracks: tracks, options: options))
        }
    }

    func canBegin(with frame: MediaFileFrame) -> Bool {
        switch self {
        case .matroska(let writer): writer.canBegin(with: frame)
        case .mp4(let writer): writer.canBegin(with: frame)
        }
    }

    var awaitedTracks: [Int] {
        switch self {
        case .matroska(let writer): writer.awaitedTracks
        case .mp4(let writer): writer.awaitedTracks
        }
    }

    mutating func append(_ frame: MediaFileFrame, to output: inout MediaFileOutput) throws(MediaFileError) {
        switch consume self {
        case .matroska(var writer):
            defer { self = .matroska(writer) }
            try writer.append(frame, to: &output)
        case .mp4(var writer):
            defer { self = .mp4(writer) }
            try writer.append(frame, to: &output)
        }
    }

    mutating func finish(to output: inout MediaFileOutput) {
        switch consume self {
        case .matroska(var writer):
            writer.finish(to: &output)
            self = .matroska(writer)
        case .mp4(var writer):
            writer.finish(to: &output)
            self = .mp4(writer)
        }
    }
}
