internal import Foundation
internal import MediaIO
internal import WebRTC

/// A recording that is being made of a stream.
actor StreamRecording {
    nonisolated let name: String
    nonisolated let began = Date()
    private let recorder: MediaRecorder
    private var isOver = false
    private var failure: String?

    init(name: String, _ recorder: MediaRecorder) {
        (self.name, self.recorder) = (name, recorder)
    }

    /// Goes on with these.
    func add(_ tracks: [MediaStreamTrack]) async {
        guard !isOver else { return }
        for track in tracks {
            do throws(MediaIOError) { try await recorder.add(track) } catch { failure = "\(error)" }
        }
    }

    /// Ends it; a second time nothing happens.
    @discardableResult
    func stop() async -> RecordingReport {
        guard !isOver else { return await recorder.report }
        isOver = true
        do throws(MediaIOError) { return try await recorder.stop() } catch { failure = "\(error)" }
        return await recorder.report
    }

    /// The names of its files: another one is begun where a file cannot hold what comes.
    var files: [String] {
        get async {
            [name] + (await recorder.report.files).map { String($0.split(separator: "/").last ?? "") }
        }
    }

    /// What has become of it, and what was last wrong with it.
    var report: (RecordingReport, failure: String?) {
        get async {
            let report = await recorder.report
            return (report, failure ?? report.lastError.map { "\($0)" })
        }
    }
}
