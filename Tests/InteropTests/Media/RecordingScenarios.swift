import Foundation
import MediaIO
import TestSupport
import Testing
import WebRTC

/// How a sender is muted in the middle of a recording.
enum Muting: String, Sendable, CaseIterable {
    /// `enabled = false`: black and silent.
    case enabled
    /// `replaceTrack(null)`: nothing comes.
    case track
}

/// What a browser sends is recorded, and ffmpeg judges the file.
enum RecordingScenarios {
    /// Seconds of each recording; `make soak` has longer ones.
    static let seconds = ProcessInfo.processInfo.environment["RECORDING_SECONDS"].flatMap { Int($0) } ?? 12

    /// - Parameters:
    ///   - suffix: of the file's format.
    ///   - percent: of the packets are lost each way.
    ///   - muting: for 5 s in the middle.
    static func record(
        _ test: InteropCase, _ codec: TestCodec, _ suffix: String, losing percent: Double = 0, muting: Muting? = nil
    ) async throws {
        let folder = try TestFolder()
        let path = folder.path("call.\(suffix)")
        let recorder = try MediaRecorder(path: path)
        let tracks = test.ours.connection.tracks
        let adding = Task { for await event in tracks { try await recorder.add(event.track) } }
        let relay = try await test.connect(
            losing: percent, sending: ["video": true, "audio": true, "codec": .string(codec.rawValue)])
        try await draw(test, muting)
        let sent = try await test.theirs.perform("finishMedia", [:])
        let report = try await recorder.stop()
        await test.close()
        await relay.close()
        try await adding.value
        #expect(report.dropped == 0 && report.files.first == path, "\(report)")
        #expect(percent == 0 || relay.lost > 0)
        // A change of size begins another file where the format asks for that.
        var (count, last) = (0, RecordedFile?.none)
        for path in report.files {
            let file = try await RecordedFile(path)
            count += file.pictures.count
            last = file
            expectInStep(file, path)
        }
        let encoded = try #require(sent["encoded"].integer)
        #expect(abs(count - encoded) <= max(1, encoded / 100), "\(count) pictures of \(sent), \(report)")
        let file = try #require(last)
        // The last picture and the last sound are no moment of both, as the changes of sound are; and Firefox repeats the
        // last picture each second for as long as the connection lasts.
        let number = try #require(file.pictures.last).number
        let end = try #require(file.pictures.first { $0.number == number }).time
        #expect(abs(end - file.soundEnd) < 0.15, "the pictures end at \(end) and the sound at \(file.soundEnd)")
    }

    /// Where the sound changes with the pictures, as it does with a browser that has such a sound, it does so within 40 ms,
    /// to the end.
    private static func expectInStep(_ file: RecordedFile, _ path: String) {
        let delays = file.delays.map(\.delay)
        guard !delays.isEmpty else { return }
        let middle = delays.sorted()[delays.count / 2]
        let atEnd = delays.suffix(3).sorted()[min(3, delays.count) / 2]
        #expect(abs(middle) <= 0.04 && abs(atEnd) <= 0.04, "\(path): \(file.delays)")
    }

    /// The browser draws pictures for as long as a recording takes.
    private static func draw(_ test: InteropCase, _ muting: Muting?) async throws {
        let middle = seconds * 15 - 75
        if let muting {
            try await test.theirs.perform("drawn", ["number": .number(Double(middle))])
            try await test.theirs.perform("mute", ["how": .string(muting.rawValue)])
            try await test.theirs.perform("drawn", ["number": .number(Double(middle + 150))])
            try await test.theirs.perform("unmute", [:])
        }
        try await test.theirs.perform("drawn", ["number": .number(Double(seconds * 30))])
    }
}
