import WebRTC

/// Frames as a peer could send them, with as much in them as a file has to know.
enum Frames {
    static func vp8(width: UInt8 = 16, isKey: Bool = true) -> MediaFrame {
        frame("video/VP8", isKey ? [0x10, 0, 0, 0x9D, 1, 0x2A, width, 0, width, 0] : [0x11, 0, 0], isKey: isKey)
    }

    static let vp9 = frame("video/VP9", [0x82, 0x49, 0x83, 0x42, 0x20, 0, 0xF0, 0, 0xF0])

    /// With a parameter set of its own for each level.
    static func h264(level: UInt8) -> MediaFrame {
        frame(
            "video/H264",
            [0, 0, 0, 1, 0x67, 0x42, 0xC0, level, 0xF5, 0xE0, 0x80, 0, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80]
                + [0, 0, 0, 1, 0x65, 0x88, 1])
    }

    static func pcm(_ name: String) -> MediaFrame { frame("audio/\(name)", [UInt8](repeating: 0x7F, count: 160)) }

    private static func frame(_ codec: String, _ data: [UInt8], isKey: Bool = true) -> MediaFrame {
        MediaFrame(codec: codec, data: data, timestamp: .zero, isKeyFrame: isKey)
    }
}

extension MediaFrame {
    func at(_ milliseconds: Int) -> MediaFrame {
        var frame = self
        frame.timestamp = .milliseconds(milliseconds)
        return frame
    }

    /// Of the size of a picture that has this name.
    func of(_ streamID: String) -> MediaFrame {
        var frame = self
        frame.streamID = streamID
        return frame
    }
}
