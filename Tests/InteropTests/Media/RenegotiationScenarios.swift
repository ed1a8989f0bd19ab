import JSEP
import Testing
import WebRTC

/// What may change while pictures flow both ways. Nothing stays black.
enum RenegotiationScenarios {
    /// All of it, one after another, with a browser that negotiates by itself.
    static func all(_ test: NegotiatedCase) async throws {
        let flow = try await FlowNegotiation(test)
        let connection = test.ours.connection
        try await test.theirs.perform("watch", [:])
        // Both offer at one moment.
        test.signaling.hold()
        let (track, player) = flow.makeTrack()
        defer { player.stop() }
        let sender = try await connection.addTrack(track, streams: [MediaStream([track])])
        try await test.theirs.perform("sendMedia", ["video": true, "codec": "video/VP8"])
        try await test.signaling.releaseAtCollision()
        let sections = try await settled(test)
        try await flow.goesOn(sections, "the first negotiation")

        try await turnAround(test, flow, sender, sections)
        let (other, otherPlayer) = flow.makeTrack()
        defer { otherPlayer.stop() }
        try sender.replaceTrack(other)
        try await flow.goesOn(sections, "another track of ours")
        try await test.theirs.perform("changePicture", ["how": "replace"])
        try await flow.goesOn(sections, "another track of theirs")

        await connection.restartICE()
        try await flow.goesOn(sections, "a restart of ours")
        try await test.theirs.perform("change", ["restart": true])
        try await flow.goesOn(sections, "a restart of theirs")
        // Both restart at one moment.
        test.signaling.hold()
        await connection.restartICE()
        try await test.theirs.perform("change", ["restart": true])
        try await test.signaling.releaseAtCollision()
        try await flow.goesOn(sections, "two restarts")

        try await remove(test, flow, sender, track)
        try await test.close()
    }

    /// How many sections they have led to: which transceivers are matched with each other depends on who gave way.
    private static func settled(_ test: NegotiatedCase) async throws -> Int {
        while true {
            let there = try await test.theirs.perform("negotiated", [:]).decoded(as: BrowserNegotiation.self)
            let count = test.ours.connection.transceivers.count
            if there.state == "stable", count == there.transceivers.count, count > 0,
                there.transceivers.allSatisfy({ $0.mid != nil && $0.currentDirection != nil })
            {
                return count
            }
            guard !Task.isCancelled else { throw InteropError("\(there)") }
        }
    }

    /// Each end in turn sends nothing for a while.
    private static func turnAround(
        _ test: NegotiatedCase, _ flow: FlowNegotiation, _ sender: RTPSender, _ sections: Int
    ) async throws {
        let ours = try #require(test.ours.connection.transceivers.first { $0.sender === sender })
        let before = ours.direction
        try ours.setDirection(before.receives ? .recvonly : .inactive)
        _ = try await test.settle(media: sections, "we send nothing")
        try ours.setDirection(before)
        try await flow.goesOn(sections, "we send again")

        let there = try await test.theirs.perform("negotiated", [:]).decoded(as: BrowserNegotiation.self)
        let theirs = try #require(there.transceivers.first { $0.direction.sends })
        let mid = JSONValue.string(try #require(theirs.mid))
        let direction = theirs.direction.receives ? TransceiverDirection.recvonly : .inactive
        try await test.theirs.perform("change", ["turn": ["mid": mid, "direction": .string(direction.rawValue)]])
        _ = try await test.settle(media: sections, "they send nothing")
        try await test.theirs.perform(
            "change", ["turn": ["mid": mid, "direction": .string(theirs.direction.rawValue)]])
        try await flow.goesOn(sections, "they send again")
    }

    /// Each end takes its track away and gives one again.
    private static func remove(
        _ test: NegotiatedCase, _ flow: FlowNegotiation, _ sender: RTPSender, _ track: MediaStreamTrack
    ) async throws {
        let connection = test.ours.connection
        try await connection.removeTrack(sender)
        try await connection.addTrack(track, streams: [MediaStream([track])])
        try await flow.goesOn(settled(test), "a track of ours was removed and added")
        try await test.theirs.perform("changePicture", ["how": "remove"])
        try await flow.goesOn(settled(test), "a track of theirs was removed and added")
    }
}
