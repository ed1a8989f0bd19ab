@testable import Signaling

extension RoomClient {
    struct Ended: Error {}

    /// Reads events until one meets the condition, and returns all.
    func read(until isLast: (Event) -> Bool) async throws -> [Event] {
        var events: [Event] = []
        for await event in self.events {
            events.append(event)
            if isLast(event) { return events }
        }
        throw Ended()
    }
}
