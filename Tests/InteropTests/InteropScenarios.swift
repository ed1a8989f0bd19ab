import Foundation
import JSEP
import Testing
import WebRTC

/// What has to hold with every other program, in both roles. The suites say with which.
enum InteropScenarios {
    /// Every kind of message arrives unchanged and in order, both ways.
    static func payloads(_ test: InteropCase, exchange: CandidateExchange, largest: (ours: Int, theirs: Int))
        async throws
    {
        try await test.connectWithChannel(exchange: exchange)
        let fromUs = interestingPayloads(largest: largest.ours)
        for payload in fromUs { try await test.ours.send(payload, on: "chat") }
        #expect(try await test.theirs.log.messages(fromUs.count, on: "chat") == fromUs)
        let fromThem = interestingPayloads(largest: largest.theirs)
        for payload in fromThem { try await test.theirs.send(payload, on: "chat") }
        #expect(try await test.ours.log.messages(fromThem.count, on: "chat") == fromThem)
        await test.close()
    }

    /// Thousands of messages both ways at once arrive in order.
    static func sequences(_ test: InteropCase, count: Int, size: Int) async throws {
        try await test.connectWithChannel()
        async let ours: Void = test.ours.sendSequence(count: count, size: size, on: "chat")
        async let theirs: Void = test.theirs.sendSequence(count: count, size: size, on: "chat")
        try await ours
        try await theirs
        let expected = (0..<count).map { Payload.text(SequenceMessage.text($0, size: size)) }
        #expect(try await test.theirs.log.messages(count, on: "chat") == expected)
        #expect(try await test.ours.log.messages(count, on: "chat") == expected)
        await test.close()
    }

    /// The end that did not create the channel sees the options of the one that did, and messages pass.
    static func options(_ test: InteropCase, _ options: ChannelOptions) async throws {
        try await test.connectWithChannel(options)
        if options.negotiated != true {
            let seen = try await test.pair.answerer.log.channel("chat")
            #expect(seen.ordered == options.ordered ?? true)
            #expect(seen.maxRetransmits == options.maxRetransmits)
            #expect(seen.maxPacketLifeTime == options.maxPacketLifeTime)
            #expect(seen.protocol == options.protocol ?? "")
            #expect(!seen.negotiated)
        }
        let messages = (0..<20).map { Payload.text("message \($0)") }
        for message in messages {
            try await test.ours.send(message, on: "chat")
            try await test.theirs.send(message, on: "chat")
        }
        // An unordered channel may deliver in any order.
        #expect(try await Set(test.theirs.log.messages(20, on: "chat")) == Set(messages))
        #expect(try await Set(test.ours.log.messages(20, on: "chat")) == Set(messages))
        await test.close()
    }

    /// Channels that both ends create do not meet on one stream, and each carries its own messages.
    static func severalChannels(_ test: InteropCase) async throws {
        try await test.connectWithChannel()
        for number in 0..<3 {
            try await test.ours.createDataChannel("ours \(number)", ChannelOptions())
            try await test.theirs.createDataChannel("theirs \(number)", ChannelOptions())
        }
        let labels = (0..<3).flatMap { ["ours \($0)", "theirs \($0)"] }
        for label in labels {
            try await test.ours.log.expect(.opened(label: label))
            try await test.theirs.log.expect(.opened(label: label))
            try await test.ours.send(.text("on \(label)"), on: label)
            try await test.theirs.send(.text("on \(label)"), on: label)
        }
        for label in labels {
            #expect(try await test.ours.log.messages(1, on: label) == [.text("on \(label)")])
            #expect(try await test.theirs.log.messages(1, on: label) == [.text("on \(label)")])
        }
        await test.close()
    }

    /// Closing a channel closes it at the other end, after what was sent on it, and leaves the others open.
    static func closingChannels(_ test: InteropCase) async throws {
        try await test.connectWithChannel()
        for (closer, other) in [(test.ours as any InteropEnd, test.theirs as any InteropEnd), (test.theirs, test.ours)]
        {
            let label = closer is LocalPeer ? "closed by us" : "closed by them"
            try await closer.createDataChannel(label, ChannelOptions())
            try await closer.log.expect(.opened(label: label))
            try await other.log.expect(.opened(label: label))
            try await closer.send(.text("last words"), on: label)
            try await closer.closeChannel(label)
            #expect(try await other.log.messages(1, on: label) == [.text("last words")])
            try await other.log.expect(.closed(label: label))
            try await closer.log.expect(.closed(label: label))
        }
        // The streams are free again, and the first channel never noticed.
        try await test.ours.createDataChannel("afterwards", ChannelOptions())
        try await test.theirs.log.expect(.opened(label: "afterwards"))
        for label in ["afterwards", "chat"] {
            try await test.ours.log.expect(.opened(label: label))
            try await test.ours.send(.text("still here"), on: label)
            #expect(try await test.theirs.log.messages(1, on: label) == [.text("still here")])
        }
        await test.close()
    }

    /// A program that fills a channel which we do not read, up to the limit of all, still opens and closes others, as we do.
    /// Not aiortc, which sends into a window that is shut, and then waits for the second it takes to count as lost, and longer.
    static func unread(_ role: OurRole, with control: any RemoteControl) async throws {
        var configuration = PeerConnection.Configuration()
        configuration.unreadLimit = 256 << 10
        configuration.receiveBufferLimit = configuration.unreadLimit
        let test = try await InteropCase(we: role, with: control, configuration)
        try await test.connectWithChannel()
        let events = test.ours.connection.unreadChannels
        try await test.theirs.createDataChannel(unreadLabel, ChannelOptions())
        try await test.theirs.log.expect(.opened(label: unreadLabel))
        _ = try await test.theirs.perform(
            "startSequence", ["label": .string(unreadLabel), "count": 3000, "size": 5000])
        for await channel in events where channel.label == unreadLabel { break }
        for (closer, other) in [(test.ours as any InteropEnd, test.theirs as any InteropEnd), (test.theirs, test.ours)]
        {
            let label = closer is LocalPeer ? "closed by us" : "closed by them"
            try await other.createDataChannel(label, ChannelOptions())
            for end in [closer, other] { try await end.log.expect(.opened(label: label)) }
            try await other.send(.text("there"), on: label)
            #expect(try await closer.log.messages(1, on: label) == [.text("there")])
            try await closer.closeChannel(label)
            try await other.log.expect(.closed(label: label))
            try await closer.log.expect(.closed(label: label))
        }
        let unread = try await test.ours.channel(unreadLabel)
        #expect(unread.readyState == .open && unread.unreadAmount >= 256 << 10)
        await test.close()
    }

    /// Closing the connection closes the channel at the other end.
    static func closingConnection(_ test: InteropCase, byUs: Bool) async throws {
        try await test.connectWithChannel()
        let closer: any InteropEnd = byUs ? test.ours : test.theirs
        let other: any InteropEnd = byUs ? test.theirs : test.ours
        try await closer.close()
        try await other.log.expect(.closed(label: "chat"))
        // Programs differ in what they call it: by the W3C it is a loss of connectivity until this end closes, too.
        if !byUs { try await test.ours.log.expect(.state("disconnected")) }
        await test.close()
    }

    /// Sections for audio and video are accepted beside the data, which passes all the same.
    static func mediaSections(_ test: InteropCase) async throws {
        if test.role == .answers {
            try await test.theirs.perform("addTransceivers", ["kinds": ["audio", "video"]])
        } else {
            try await test.ours.connection.addTransceiver(.audio)
            try await test.ours.connection.addTransceiver(.video)
        }
        try await test.connectWithChannel()
        let connection = test.ours.connection
        for description in [connection.currentLocalDescription, connection.currentRemoteDescription] {
            let sections = try #require(description).sdp.split(separator: "\r\n").filter { $0.hasPrefix("m=") }
            #expect(sections.map { $0.split(separator: " ")[1] != "0" } == [true, true, true])
        }
        #expect(connection.transceivers.map(\.kind) == [.audio, .video])
        #expect(connection.transceivers.map(\.mid) == ["0", "1"])
        let expected: TransceiverDirection = test.role == .answers ? .recvonly : .sendonly
        #expect(connection.transceivers.allSatisfy { $0.currentDirection == expected })
        try await test.ours.send(.text("hello"), on: "chat")
        #expect(try await test.theirs.log.messages(1, on: "chat") == [.text("hello")])
        await test.close()
    }

    /// Sections for media that come after the data are accepted, whichever end brings them and whoever offers.
    static func addedMedia(_ test: InteropCase) async throws {
        try await test.connectWithChannel()
        for kind in [MediaKind.audio, .video] { try await test.ours.connection.addTransceiver(kind) }
        try await test.renegotiate(from: test.ours, to: test.theirs)
        try await test.theirs.perform("addTransceivers", ["kinds": ["audio", "video"]])
        try await test.renegotiate(from: test.theirs, to: test.ours)
        try await test.ours.connection.addTransceiver(.audio)
        try await test.renegotiate(from: test.ours, to: test.theirs)
        let directions = test.ours.connection.transceivers.map(\.currentDirection)
        #expect(directions == [.sendonly, .sendonly, .recvonly, .recvonly, .sendonly])
        try await test.theirs.send(.text("hello"), on: "chat")
        #expect(try await test.ours.log.messages(1, on: "chat") == [.text("hello")])
        await test.close()
    }

    /// Either end restarts ICE: all credentials are others, and the channel goes on.
    static func restarts(_ test: InteropCase) async throws {
        try await test.connectWithChannel()
        let candidates = test.pair.forwardCandidates()
        var fragments: Set<String> = []
        for (round, isOurs) in [true, false, true].enumerated() {
            if isOurs {
                await test.ours.connection.restartICE()
                try await test.renegotiate(from: test.ours, to: test.theirs)
            } else {
                try await test.theirs.perform("change", ["restart": true])
                try await test.renegotiate(from: test.theirs, to: test.ours)
            }
            fragments.insert(try #require(test.ours.connection.localDescription?.sdp.iceUfrag))
            try await test.ours.send(.text("ours \(round)"), on: "chat")
            try await test.theirs.send(.text("theirs \(round)"), on: "chat")
            #expect(try await test.theirs.log.messages(round + 1, on: "chat").last == .text("ours \(round)"))
            #expect(try await test.ours.log.messages(round + 1, on: "chat").last == .text("theirs \(round)"))
            // Firefox restarted again before it has a pair gives up DTLS when it sends meanwhile ("Couldn't send media").
            let ports = test.ours.connection.localDescription?.sdp.matches(of: /\ (\d+)\ typ\ /) ?? []
            try await test.theirs.perform("usesPort", ["ports": .array(ports.map { .number(Double($0.1) ?? 0) })])
        }
        #expect(fragments.count == 3)
        candidates.cancel()
        await test.close()
    }
}
