import Foundation
import JSEP
import TestSupport
import Testing
import WebRTC

/// What has to hold with every browser that negotiates by itself.
enum CollisionScenarios {
    /// Both ends offer at the same time, again and again; each time the right one gives way, both agree, and data passes.
    static func collisions(_ test: NegotiatedCase, polite: Bool, rounds: Int) async throws {
        let connection = test.ours.connection
        var random = SeededGenerator(seed: polite ? 500 : 501)
        // The first collision is that of two ends which have never spoken.
        test.signaling.hold()
        try await test.ours.createDataChannel("chat", ChannelOptions())
        try await test.theirs.createDataChannel("theirs", ChannelOptions())
        try await test.signaling.releaseAtCollision()
        for end in [test.ours as any InteropEnd, test.theirs] {
            for label in ["chat", "theirs"] { try await end.log.expect(.opened(label: label)) }
        }
        var sections = 0
        for round in 0..<rounds {
            test.signaling.hold()
            if sections < 6 {
                try await connection.addTransceiver(.audio)
                try await test.theirs.perform("change", ["add": "video"])
                sections += 2
            } else if round % 50 == 25 {
                // Each stops another one; the places are used again later.
                let active = connection.transceivers
                try active[0].stop()
                try await test.theirs.perform("change", ["stop": .string(#require(active[1].mid))])
                sections -= 2
            } else if round % 10 == 5 {
                await connection.restartICE()
                try await test.theirs.perform("change", ["restart": true])
            } else {
                try await turn(test, using: &random)
            }
            try await test.signaling.releaseAtCollision()
            let theirs = try await test.settle(media: sections, "round \(round)")
            // A collision it was, and the right end gave way.
            #expect(theirs.ignored == (polite ? round + 2 : 0) && theirs.rolledBack == (polite ? 0 : round + 2))
            for await state in connection.iceConnectionStates where state == .connected || state == .completed { break }
            try await test.ours.send(.text("\(round)"), on: "chat")
        }
        let expected = (0..<rounds).map { Payload.text("\($0)") }
        #expect(try await test.theirs.log.messages(rounds, on: "chat") == expected)
        #expect(!test.theirs.log.events.contains(.closed(label: "chat")))
        try await test.close()
    }

    /// ICE restarts by either end in turn, while data flows both ways; each restart has credentials of its own.
    static func restarts(_ test: NegotiatedCase, rounds: Int, messages count: Int) async throws {
        let size = 1000
        try await test.ours.createDataChannel("chat", ChannelOptions())
        for end in [test.ours as any InteropEnd, test.theirs] { try await end.log.expect(.opened(label: "chat")) }
        async let ours: Void = test.ours.sendSequence(count: count, size: size, on: "chat")
        try await test.theirs.perform(
            "startSequence", ["label": "chat", "count": .number(Double(count)), "size": .number(Double(size))])
        var credentials: Set<String?> = []
        for round in 0..<rounds {
            let before = test.ours.connection.currentLocalDescription?.sdp.iceUfrag
            if round.isMultiple(of: 2) {
                await test.ours.connection.restartICE()
            } else {
                try await test.theirs.perform("change", ["restart": true])
            }
            var theirs: BrowserNegotiation
            repeat {
                theirs = try await test.settle(media: 0, "restart \(round)")
            } while test.ours.connection.currentLocalDescription?.sdp.iceUfrag == before
            // What they said may be older than what we looked at behind it.
            theirs = try await test.settle(media: 0, "restart \(round)")
            credentials.insert(theirs.ufrag)
        }
        #expect(credentials.count == rounds)
        try await ours
        let expected = (0..<count).map { Payload.text(SequenceMessage.text($0, size: size)) }
        #expect(try await test.theirs.log.messages(count, on: "chat") == expected)
        #expect(try await test.ours.log.messages(count, on: "chat") == expected)
        try await test.close()
    }

    /// Each end turns one of its own transceivers, so that each has to offer.
    private static func turn(_ test: NegotiatedCase, using random: inout SeededGenerator) async throws {
        let transceivers = test.ours.connection.transceivers
        let mine = try #require(transceivers.filter { $0.kind == .audio }.randomElement(using: &random))
        let theirs = try #require(transceivers.filter { $0.kind == .video }.randomElement(using: &random))
        let mid = try #require(theirs.mid)
        try mine.setDirection(mine.direction == .inactive ? .sendonly : .inactive)
        // They send what we have agreed to receive.
        let direction: TransceiverDirection = theirs.currentDirection == .inactive ? .sendonly : .inactive
        try await test.theirs.perform(
            "change", ["turn": ["mid": .string(mid), "direction": .string(direction.rawValue)]])
    }
}

extension String {
    /// The first username fragment of a description.
    var iceUfrag: String? {
        firstMatch(of: /a=ice-ufrag:(\S+)/).map { String($0.1) }
    }
}
