extension JitterBuffer {
    /// What a source sends.
    package enum Kind: Sendable, Hashable {
        /// Each payload is a frame, and one can be done without.
        case audio
        /// A frame has any number of packets, and most need others.
        case video
    }

    /// How long packets are waited for, and how many may be held meanwhile.
    package struct Settings: Sendable, Hashable {
        package var kind: Kind
        /// Of the timestamps, in Hz, 1 or more.
        package var clockRate: Int
        /// For how long a packet that is missing is waited for. Within this, video goes by the
        /// round trip, audio by how late packets come.
        package var delay: ClosedRange<Duration>
        /// From the first that is missing to the highest that has come, 1 or more.
        package var maximumPackets = 2048
        /// In all, held and ready.
        package var maximumBytes = 8 << 20
        /// Of a frame.
        package var maximumFrameBytes = 4 << 20

        /// Makes them; `delay` is 0 to 200 ms for audio and 100 to 500 ms for video.
        package init(kind: Kind, clockRate: Int, delay: ClosedRange<Duration>? = nil) {
            self.kind = kind
            self.clockRate = clockRate
            self.delay =
                delay
                ?? (kind == .audio ? .zero ... .milliseconds(200) : .milliseconds(100) ... .milliseconds(500))
        }
    }

    /// What comes out.
    package enum Output: Sendable, Hashable {
        case frame(ReceivedFrame)
        /// For audio only: here something is missing, and is waited for no more. A frame follows.
        case loss(Loss)
    }

    /// A piece of sound that has not come.
    package struct Loss: Sendable, Hashable {
        /// How many packets, 1 or more.
        package var packetCount: Int
        /// From where it is missing to the timestamp of the frame that follows, in units of the
        /// format's clock. Where it begins is reckoned from the packets around it: a pause of the
        /// sender's looks the same.
        package var timestamps: Range<Int64>

        package init(packetCount: Int, timestamps: Range<Int64>) {
            self.packetCount = packetCount
            self.timestamps = timestamps
        }
    }
}
