internal import MediaFiles

/// The frames of a file that is played, as WebRTC sends them: of one track of video and one of
/// sound, in the order of the file. It reads on the thread that asks.
final class PlayedFile {
    /// A frame with its codec's name.
    struct Frame {
        var frame: MediaFileFrame
        var mediaType: String
        var isVideo: Bool
    }

    let path: String
    private let format: PlayedFormat
    private var read: () throws(FileError) -> MediaFileFrame?
    /// Which of the file's tracks are played, by their number there.
    private(set) var codecs: [Int: MediaFileCodec]
    /// Frames that have been read and not been given, the next last.
    private var ready: [Frame] = []
    private var lastPicture: Duration?

    /// Opens a file, and reads up to its first frame.
    init(path: String, format: PlayedFormat) throws(MediaIOError) {
        self.path = path
        self.format = format
        (read, codecs) = (Self.nothing, [:])
        try rewind()
    }

    private static func nothing() throws(FileError) -> MediaFileFrame? { nil }

    var hasVideo: Bool { codecs.values.contains { $0.isVideo } }
    var hasAudio: Bool { codecs.values.contains { !$0.isVideo } }

    /// Begins anew.
    func rewind() throws(MediaIOError) {
        (ready, lastPicture) = ([], nil)
        do throws(FileError) {
            try open()
        } catch {
            throw .file(error)
        }
        guard !codecs.isEmpty else {
            throw .codec("its tracks", path: path, allowed: MediaFileCodec.allCases.map(\.mediaType))
        }
    }

    private func open() throws(FileError) {
        var first: MediaFileFrame?
        switch format {
        case .matroska:
            let source = try MediaFileSource(path: path, reader: MatroskaReader())
            first = try source.next()
            codecs = format.codecs(of: source.reader)
            read = { () throws(FileError) in try source.next() }
        case .ivf:
            let source = try MediaFileSource(path: path, reader: IVFReader())
            first = try source.next()
            codecs = format.codecs(of: source.reader)
            read = { () throws(FileError) in try source.next() }
        case .oggOpus:
            let source = try MediaFileSource(path: path, reader: OggOpusReader())
            first = try source.next()
            codecs = format.codecs(of: source.reader)
            read = { () throws(FileError) in try source.next() }
        case .annexB(let codec, let frameRate):
            let reader: AnnexBReader
            do throws(MediaFileError) {
                reader = try AnnexBReader(codec: codec, frameRate: frameRate)
            } catch {
                throw .format(error, path: path)
            }
            let source = try MediaFileSource(path: path, reader: reader)
            first = try source.next()
            codecs = format.codecs(of: source.reader)
            read = { () throws(FileError) in try source.next() }
        }
        if let first, let frames = Self.frames(of: first, codecs) { ready = frames }
    }

    /// The next frame, or nil at the end.
    func next() throws(MediaIOError) -> Frame? {
        while ready.isEmpty {
            let frame: MediaFileFrame?
            do throws(FileError) {
                frame = try read()
            } catch {
                throw .file(error)
            }
            guard let frame else { return nil }
            if let frames = Self.frames(of: frame, codecs) { ready = frames }
        }
        guard let next = ready.popLast() else { return nil }
        if next.isVideo {
            if let lastPicture, next.frame.timestamp < lastPicture {
                throw .reordered(path: path, at: next.frame.timestamp)
            }
            lastPicture = next.frame.timestamp
        }
        return next
    }

    /// What a frame of the file is sent as, the first last; nil for one that is not.
    static func frames(of frame: MediaFileFrame, _ codecs: [Int: MediaFileCodec]) -> [Frame]? {
        guard let codec = codecs[frame.track], !frame.bytes.isEmpty else { return nil }
        let type = codec.mediaType
        guard codec == .pcmu || codec == .pcma, frame.bytes.count > packetOfPCM else {
            return [Frame(frame: frame, mediaType: type, isVideo: codec.isVideo)]
        }
        // Files have any number of samples in a frame, receivers want 20 ms (RFC 3551 §4.2).
        return stride(from: 0, to: frame.bytes.count, by: packetOfPCM).map { start in
            var part = frame
            part.bytes = Array(frame.bytes[start..<min(frame.bytes.count, start + packetOfPCM)])
            part.timestamp += .microseconds(start * 125)
            part.duration = .microseconds(part.bytes.count * 125)
            return Frame(frame: part, mediaType: type, isVideo: false)
        }.reversed()
    }

    /// 20 ms of 8000 samples a second, a byte each.
    private static let packetOfPCM = 160
}
