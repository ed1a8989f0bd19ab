internal import MediaFiles
internal import NIOCore

/// Reads the frames out of what a program writes.
struct ProgramReader {
    private let format: PlayedFormat
    private var reader: any MediaFileReader
    private var codecs: [Int: MediaFileCodec] = [:]
    private var ready: [PlayedFile.Frame] = []

    init(_ format: PlayedFormat) throws(MediaFileError) {
        self.format = format
        reader =
            switch format {
            case .matroska: MatroskaReader()
            case .ivf: IVFReader()
            case .oggOpus: OggOpusReader()
            case .annexB(let codec, let frameRate):
                try AnnexBReader(codec: codec, frameRate: frameRate)
            }
    }

    mutating func push(_ bytes: ByteBuffer) throws(MediaFileError) {
        try reader.push(Array(bytes.readableBytesView).span)
    }

    mutating func finish() { reader.finish() }

    /// The next frame; nil until more bytes come.
    mutating func next() throws(MediaFileError) -> PlayedFile.Frame? {
        while ready.isEmpty {
            guard let frame = try reader.next() else { return nil }
            if codecs.isEmpty { codecs = format.codecs(of: reader) }
            ready = PlayedFile.frames(of: frame, codecs) ?? []
        }
        return ready.popLast()
    }
}
