import Dispatch
import Foundation
import Synchronization
import Testing
import WebRTC

/// Encoded pictures whose top row counts them in bits, as `media.js` draws and reads them, and a tone; made by ffmpeg.
struct CountingStream: Sendable {
    /// The pictures in their order, with their times from 0 on.
    let frames: [MediaFrame]

    /// Square i of 16 is white where bit i of the picture's number is set; the first has number 1.
    private static let counter =
        "color=gray:s=320x240:r=30,format=yuv420p,"
        + "geq=lum='if(lt(Y,40),if(mod(floor((N+1)/pow(2,floor(X/20))),2),235,16),mod(X+Y+N,200)+20)':cb=128:cr=128"

    /// - Parameters:
    ///   - codec: such as `video/VP8`.
    ///   - seconds: how long it is.
    ///   - keyFrameDistance: pictures from one that needs no other to the next.
    init(_ codec: String, seconds: Int, keyFrameDistance: Int = 30) async throws {
        let encoder: [String] =
            switch codec {
            case "video/VP8":
                ["libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k", "-auto-alt-ref", "0"]
            case "video/VP9":
                [
                    "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k", "-auto-alt-ref", "0",
                    "-row-mt", "1",
                ]
            case "video/AV1":
                ["libaom-av1", "-usage", "realtime", "-cpu-used", "10", "-b:v", "500k"]
            default: throw InteropError("no encoder for \(codec)")
            }
        let bytes = try await Self.run(
            ["-f", "lavfi", "-i", Self.counter, "-t", "\(seconds)", "-c:v"] + encoder
                + ["-g", "\(keyFrameDistance)", "-f", "ivf", "-"])
        frames = Self.pictures(ofIVF: bytes, codec)
    }

    /// What ffmpeg writes to its output.
    static func run(_ arguments: [String], input: Data? = nil) async throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-v", "error", "-nostdin", "-y"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw InteropError("ffmpeg ended with \(process.terminationStatus): \(arguments.joined(separator: " "))")
        }
        return [UInt8](data)
    }

    private static func pictures(ofIVF bytes: [UInt8], _ codec: String) -> [MediaFrame] {
        func number(_ place: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
        }
        var place = 32
        var frames: [MediaFrame] = []
        while place + 12 <= bytes.count {
            let size = number(place, 4)
            let data = Array(bytes[place + 12..<place + 12 + size])
            let isKeyFrame =
                codec == "video/VP8"
                ? data[0] & 1 == 0
                : codec == "video/VP9" ? data[0] & 0x04 == 0 : data.count > 13 && data[2] >> 3 & 0xF == 1
            frames.append(
                MediaFrame(
                    codec: codec, data: data, timestamp: .microseconds(number(place + 4, 8) * 1_000_000 / 30),
                    isKeyFrame: isKeyFrame))
            place += 12 + size
        }
        return frames
    }

    /// Sends the pictures one after another, 30 a second, again and again, until the player is let go.
    func play(on track: MediaStreamTrack) -> Player { Player(frames, on: track) }

    // Sendable: the timer is made and ended here, and Dispatch's own functions may be called from any thread.
    final class Player: @unchecked Sendable {
        private let timer: any DispatchSourceTimer

        fileprivate init(_ frames: [MediaFrame], on track: MediaStreamTrack) {
            let timer = DispatchSource.makeTimerSource()
            let place = Atomic(0)
            let length = (frames.last?.timestamp ?? .zero) + .milliseconds(33)
            timer.setEventHandler {
                let (round, index) = place.add(1, ordering: .relaxed).oldValue.quotientAndRemainder(
                    dividingBy: frames.count)
                var frame = frames[index]
                frame.timestamp += length * round
                _ = try? track.send(frame)
            }
            timer.schedule(deadline: .now(), repeating: .milliseconds(33))
            self.timer = timer
            timer.activate()
        }

        func stop() { timer.cancel() }
    }
}
