import TestSupport

/// What is in a recording, as ffmpeg decodes it.
struct RecordedFile: Sendable {
    /// The pictures with the numbers that they show.
    let pictures: [(time: Double, number: Int)]
    /// When the last packet of sound begins.
    let soundEnd: Double
    /// How loud the sound is, every 5 ms from the file's beginning on.
    private let levels: [Double]

    private static let step = 0.005

    /// - Throws: if a decoder says anything.
    init(_ path: String) async throws {
        let times = try await FFmpegProgram.times(of: path, stream: "v:0")
        let numbers = try await CountingStream.numbers(in: path)
        guard times.count == numbers.count else {
            throw InteropError("\(times.count) packets give \(numbers.count) pictures")
        }
        pictures = Array(zip(times, numbers).map { ($0, $1) })
        soundEnd = try await FFmpegProgram.times(of: path, stream: "a:0").last ?? 0
        // Decodes as it is; then once more, with silence where there is nothing.
        try await FFmpeg.run(["-xerror", "-i", path, "-map", "0:a", "-f", "null", "-"])
        let samples = try await FFmpeg.run([
            "-i", path, "-map", "0:a", "-af", "aresample=async=1:min_hard_comp=0.01:first_pts=0", "-ac", "1", "-ar",
            "8000", "-f", "u8", "-",
        ])
        levels = stride(from: 0, to: samples.count - 40, by: 40).map { start in
            samples[start..<start + 40].reduce(0) { max($0, abs(Double($1) - 128)) }
        }
    }

    /// By how much the sound is behind the pictures, each time that both change: the sound is loud while bit 5 is set.
    var delays: [(time: Double, delay: Double)] {
        let changes = loudChanges
        return zip(pictures, pictures.dropFirst()).compactMap { former, next in
            let distance = next.number - former.number
            guard (1...3).contains(distance), (former.number ^ next.number) & 32 != 0 else { return nil }
            // Pictures may be left out right at the change.
            let time = next.time - Double(next.number % 32) * (next.time - former.time) / Double(distance)
            let isLoud = next.number & 32 != 0
            let near = changes.filter { $0.isLoud == isLoud && abs($0.time - time) < 0.4 }
            return near.min { abs($0.time - time) < abs($1.time - time) }.map { (time, $0.time - time) }
        }
    }

    private var loudChanges: [(time: Double, isLoud: Bool)] {
        var (changes, isLoud) = ([(time: Double, isLoud: Bool)](), false)
        for (index, level) in levels.enumerated() where isLoud ? level < 20 : level > 60 {
            isLoud.toggle()
            changes.append((Double(index) * Self.step, isLoud))
        }
        return changes
    }
}
