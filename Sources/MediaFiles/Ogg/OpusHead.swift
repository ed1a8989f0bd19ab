/// What a decoder of Opus has to know (RFC 7845 §5.1): the first packet of a stream in Ogg, and the
/// private data of a track in Matroska.
public struct OpusHead: Sendable, Hashable {
    /// 1 to 255.
    public var channels: Int
    /// How many samples at 48 kHz nobody is to hear, at the beginning; 0 to 65535.
    public var preSkip: Int
    /// Samples a second of what was recorded, and only for show; 0 for unknown.
    public var sampleRate: Int
    /// What a decoder's output is to be multiplied with, in 256ths of a decibel.
    public var outputGain: Int16
    /// How channels are mapped to streams: 0 for one or two channels in one stream, 1 as in Vorbis.
    public var mappingFamily: UInt8
    /// The streams that each packet has, 1 to 255.
    public var streamCount: Int
    /// How many of those are stereo.
    public var coupledCount: Int
    /// Of each channel the output of a decoder that it is; empty for family 0.
    public var mapping: [UInt8]

    /// One or two channels in one stream.
    ///
    /// - Parameters:
    ///   - channels: 1 or 2.
    ///   - preSkip: samples at 48 kHz, 0 to 65535.
    ///   - sampleRate: samples a second of what was recorded.
    public init(channels: Int, preSkip: Int = 312, sampleRate: Int = 48000) {
        self.channels = min(2, max(1, channels))
        self.preSkip = min(0xFFFF, max(0, preSkip))
        self.sampleRate = max(0, sampleRate)
        outputGain = 0
        mappingFamily = 0
        streamCount = 1
        coupledCount = self.channels - 1
        mapping = []
    }

    /// Reads it.
    ///
    /// - Throws: ``MediaFileError/malformed(field:at:problem:)`` with a place in the packet.
    public init(parsing bytes: [UInt8]) throws(MediaFileError) {
        guard bytes.count >= 19, bytes.has("OpusHead", at: 0) else {
            throw .malformed(field: "OpusHead", at: 0, problem: "\(bytes.count) bytes, or another signature")
        }
        // Another half of the number would be another format (§5.1).
        guard bytes[8] >> 4 == 0 else { throw .malformed(field: "version", at: 8, problem: "\(bytes[8])") }
        channels = Int(bytes[9])
        preSkip = Int(bytes.little(at: 10, count: 2))
        sampleRate = Int(bytes.little(at: 12, count: 4))
        outputGain = Int16(truncatingIfNeeded: bytes.little(at: 16, count: 2))
        mappingFamily = bytes[18]
        if mappingFamily == 0 {
            guard channels == 1 || channels == 2 else {
                throw .malformed(field: "channels", at: 9, problem: "\(channels) of family 0, which has 1 or 2")
            }
            (streamCount, coupledCount, mapping) = (1, channels - 1, [])
            return
        }
        guard channels > 0, bytes.count >= 21 + channels else {
            throw .malformed(field: "the channel mapping", at: 19, problem: "cut off, or of 0 channels")
        }
        streamCount = Int(bytes[19])
        coupledCount = Int(bytes[20])
        mapping = Array(bytes[21..<21 + channels])
        guard streamCount > 0, coupledCount <= streamCount, streamCount + coupledCount <= 255,
            mapping.allSatisfy({ $0 == 255 || Int($0) < streamCount + coupledCount })
        else {
            throw .malformed(field: "the channel mapping", at: 19, problem: "a channel of a stream that is not there")
        }
    }

    /// As it is written, with version 1.
    public var bytes: [UInt8] {
        var bytes = Array("OpusHead".utf8) + [1, UInt8(truncatingIfNeeded: channels)]
        bytes.append(little: UInt16(clamping: preSkip))
        bytes.append(little: UInt32(clamping: sampleRate))
        bytes.append(little: outputGain)
        bytes.append(mappingFamily)
        if mappingFamily != 0 {
            bytes += [UInt8(clamping: streamCount), UInt8(clamping: coupledCount)] + mapping
        }
        return bytes
    }
}
