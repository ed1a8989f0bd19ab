import MediaFiles
import TestSupport

extension MediaFileReader {
    /// All frames of a file that comes in pieces of up to so many bytes; what is wrong ends it.
    mutating func frames(
        of bytes: [UInt8], pieces: Int = 4096, seed: UInt64 = 1
    ) -> (frames: [MediaFileFrame], error: MediaFileError?) {
        var random = SeededGenerator(seed: seed)
        var (frames, place) = ([MediaFileFrame](), 0)
        do throws(MediaFileError) {
            while place < bytes.count {
                let count = min(bytes.count - place, Int.random(in: 1...pieces, using: &random))
                try push(bytes[place..<place + count].span)
                place += count
                while let frame = try next() { frames.append(frame) }
            }
            finish()
            while let frame = try next() { frames.append(frame) }
        } catch {
            return (frames, error)
        }
        return (frames, nil)
    }
}

extension MediaFileWriter {
    /// The file of those frames, with its patches made.
    mutating func file(of frames: [MediaFileFrame], isFinished: Bool = true) throws -> [UInt8] {
        var (bytes, output) = ([UInt8](), MediaFileOutput())
        func apply() {
            bytes += output.bytes
            for patch in output.patches {
                bytes.replaceSubrange(patch.offset..<patch.offset + patch.bytes.count, with: patch.bytes)
            }
            output.removeAll()
        }
        for frame in frames {
            try append(frame, to: &output)
            apply()
        }
        if isFinished {
            finish(to: &output)
            apply()
        }
        return bytes
    }
}

extension MediaFileFrame {
    /// As ffprobe sees it.
    var packet: FFmpeg.Packet { FFmpeg.Packet(timestamp: timestamp.microseconds, size: bytes.count, isKey: isKeyFrame) }
}

extension Duration {
    /// To the nearest.
    var microseconds: Int { Int((Double(components.seconds) * 1e6 + Double(components.attoseconds) / 1e12).rounded()) }
}

/// Bytes with some of them changed, cut off, or all of them random.
func damaged(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
    case 1: bytes = (0..<Int.random(in: 0...2000, using: &random)).map { _ in .random(in: 0...255, using: &random) }
    default:
        for _ in 0..<Int.random(in: 1...20, using: &random) where !bytes.isEmpty {
            // Mostly in the headers, where something depends on them.
            let place = Int.random(
                in: 0..<(Bool.random(using: &random) ? bytes.count : min(400, bytes.count)), using: &random)
            bytes[place] =
                Bool.random(using: &random)
                ? .random(in: 0...255, using: &random) : bytes[place] ^ 1 << UInt8.random(in: 0..<8, using: &random)
        }
    }
    return bytes
}

extension [UInt8] {
    /// How often these bytes stand in it.
    func count(of wanted: [UInt8]) -> Int {
        var (count, place) = (0, startIndex)
        while let next = self[place...].firstIndex(of: wanted[0]) {
            if self[next...].starts(with: wanted) { count += 1 }
            place = next + 1
        }
        return count
    }
}
