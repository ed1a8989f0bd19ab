import Foundation
import JSEP
import Streaming
import Testing
import WebRTC

/// Some browsers in a room.
enum RoomScenarios {
    private final class Guest {
        let test: InteropCase
        let name: String
        /// What stands between it and us.
        var relay: LossyRelay?
        private var needs: EventSequence<Void>.AsyncIterator

        init(_ name: String, _ control: any RemoteControl) async throws {
            self.name = name
            test = try await InteropCase(we: .answers, with: control)
            needs = test.ours.connection.negotiationNeeded.makeAsyncIterator()
        }

        /// Whether it is agreed on that it gets the sound and the picture of so many others, and no more.
        func isSettled(others: Int) -> Bool {
            let all = test.ours.connection.transceivers.map { transceiver in
                (
                    isWanted: transceiver.direction.sends && transceiver.sender.track != nil,
                    isSent: transceiver.currentDirection?.sends == true
                )
            }
            return all.count(where: \.isWanted) == 2 * others && all.allSatisfy { $0.isWanted == $0.isSent }
        }

        /// Negotiates what is needed, until that is so.
        func negotiate(others: Int) async throws {
            while !isSettled(others: others) {
                await needs.next()
                var offer = try await test.ours.describeLocally(complete: false)
                // The relay stays the only way.
                if relay != nil { offer.removeCandidates() }
                try await test.theirs.setRemoteDescription(offer)
                var answer = try await test.theirs.describeLocally(complete: false)
                if relay != nil { answer.removeCandidates() }
                try await test.ours.setRemoteDescription(answer)
            }
        }
    }

    private static let count = 4
    /// What one guest can get: the small size of all the others, and sound.
    private static let narrow = 300_000.0

    /// Four send their pictures in two sizes, and see and hear each other. One is behind a link on which the large sizes
    /// find no room: it sees small ones. What the others see depends on whether the browser has a processor to send large ones.
    /// One leaves, and the others go on.
    static func four(with control: any RemoteControl) async throws {
        let room = Room()
        let speaking = Task { await room.speakers.first { $0 != nil } }
        var guests: [Guest] = []
        for number in 0..<count {
            guests.append(try await enter(room, "guest-\(number)", isNarrow: number == 0, control))
        }
        // All of them are told of what the others send.
        for guest in guests { try await guest.negotiate(others: count - 1) }
        for guest in guests {
            if guest.relay != nil {
                try await guest.test.theirs.perform(
                    "showsWidths", ["count": .number(Double(count - 1)), "width": 320, "all": true])
            }
            let moving = try await guest.test.theirs.perform("allChange", ["count": 10]).integer
            #expect(moving == count - 1)
            let heard = try await guest.test.theirs.perform("stats", ["types": ["inbound-rtp"]]).array
                .filter { $0["kind"].string == "audio" && $0["packetsReceived"].integer ?? 0 > 20 }
            #expect(heard.count == count - 1)
        }
        #expect(await speaking.value??.hasPrefix("guest-") == true)
        // Who leaves is gone for the others, and they go on.
        await guests.removeLast().test.close()
        for guest in guests { try await guest.negotiate(others: count - 2) }
        #expect(await room.names == guests.map(\.name))
        for guest in guests { try await guest.test.theirs.perform("endMedia", [:]) }
        await room.stop()
        for guest in guests {
            await guest.test.close()
            await guest.relay?.close()
        }
    }

    private static func enter(
        _ room: Room, _ name: String, isNarrow: Bool, _ control: any RemoteControl
    ) async throws -> Guest {
        let guest = try await Guest(name, control)
        try await guest.test.theirs.perform("watch", [:])
        try await room.join(guest.test.ours.connection, as: name)
        let media: JSONValue = [
            // Of smaller pictures Chromium sends no second size.
            "audio": true, "video": true, "codec": "video/VP8", "scale": 2, "rate": 8,
            "encodings": [["rid": "h", "scaleResolutionDownBy": 2], ["rid": "f", "scaleResolutionDownBy": 1]],
        ]
        if isNarrow {
            guest.relay = try await guest.test.connect(losing: 0, bitrate: narrow, sending: media)
        } else {
            try await guest.test.connect(sending: media)
        }
        return guest
    }
}
