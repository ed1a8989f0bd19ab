import RTP

/// Payloads of RED and of telephone events: what is read lies within them, what is written is read as it was.
enum RedundancyEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        if input.flag() { try write(&input) } else { try read(input.rest()) }
    }

    private static func read(_ bytes: [UInt8]) throws(FuzzFinding) {
        for index in 0...bytes.count / 4 {
            guard let event = try? TelephoneEvent(bytes.span, at: index) else { continue }
            let again = try? TelephoneEvent(event.bytes.span)
            try FuzzFinding.require(again == event, "an event is written differently")
        }
        guard let red = try? RedundantAudio(bytes.span, timestamp: 5) else { return }
        try FuzzFinding.require((1...RedundantAudio.maximumCount).contains(red.blocks.count), "a wrong count")
        var place = red.blocks[0].range.lowerBound
        for block in red.blocks {
            try FuzzFinding.require(block.range.lowerBound == place, "a payload does not follow the one before")
            place = block.range.upperBound
        }
        try FuzzFinding.require(place == bytes.count, "the payloads are not the whole")
    }

    private static func write(_ input: inout FuzzInput) throws {
        var writer = RedundantAudioWriter(payloadType: input.byte(), distance: input.below(40))
        var (sent, timestamp): ([UInt32: [UInt8]], UInt32) = ([:], 0)
        while !input.isEmpty {
            timestamp &+= UInt32(input.number()) + 1
            let payload = input.take(input.below(1200))
            sent[timestamp] = payload
            let maximum = input.below(1500)
            let bytes = writer.write(payload.span, timestamp: timestamp, maximumSize: maximum)
            try FuzzFinding.require(bytes.count <= max(maximum, payload.count + 1), "it is too long")
            let red = try RedundantAudio(bytes.span, timestamp: timestamp)
            for block in red.blocks {
                try FuzzFinding.require(
                    sent[block.timestamp] == Array(bytes[block.range]) && block.payloadType == writer.payloadType,
                    "a payload is another")
            }
            try FuzzFinding.require(red.blocks.last?.timestamp == timestamp, "the last is not the packet's own")
        }
    }
}
