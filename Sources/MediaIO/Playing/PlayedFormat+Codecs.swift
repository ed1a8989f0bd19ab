internal import MediaFiles

extension PlayedFormat {
    /// Which of the tracks that a reader has found are played, by their number there.
    ///
    /// - Parameter reader: of this format, which has read up to its first frame.
    func codecs(of reader: any MediaFileReader) -> [Int: MediaFileCodec] {
        switch (self, reader) {
        case (_, let matroska as MatroskaReader): Self.chosen(matroska.tracks)
        case (_, let ivf as IVFReader): ivf.header?.codec.map { [0: $0] } ?? [:]
        case (_, let ogg as OggOpusReader): ogg.head.map { $0.channels <= 2 } == true ? [0: .opus] : [:]
        case (.annexB(let codec, _), _): [0: codec]
        default: [:]
        }
    }

    /// The first track of each kind.
    private static func chosen(_ tracks: [MatroskaTrack]) -> [Int: MediaFileCodec] {
        var chosen: [Int: MediaFileCodec] = [:]
        for (index, track) in tracks.enumerated() {
            guard let codec = track.codec, !chosen.values.contains(where: { $0.isVideo == codec.isVideo }) else {
                continue
            }
            // What RTP carries (RFC 7587 §4.1, RFC 3551 §4.5.14).
            if codec == .opus, track.channels > 2 { continue }
            if codec == .pcmu || codec == .pcma, track.channels != 1 || track.sampleRate != 8000 { continue }
            chosen[index] = codec
        }
        return chosen
    }
}

extension AnnexBReader {
    /// - Parameter frameRate: pictures a second; what is out of 0.01 to 1000 is the nearest in it.
    init(codec: MediaFileCodec, frameRate: Double) throws(MediaFileError) {
        try self.init(codec: codec, frameDuration: .seconds(1 / min(1000, max(0.01, frameRate))))
    }
}
