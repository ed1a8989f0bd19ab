import Foundation
import Testing

/// Both ends change something at the same time, again and again: `PerfectNegotiator` here, the W3C's example in Chromium.
@Suite(
    "Chromium and we offer at the same time", .serialized, .timeLimit(.minutes(10)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"), .browser(.plain))
struct CollisionTests {
    /// Two hundred, which two minutes are enough for; `make soak` has more.
    private static let rounds = Int(ProcessInfo.processInfo.environment["COLLISION_ROUNDS"] ?? "") ?? 200

    @Test("hundreds of collisions all end in agreement, and the channel goes on", arguments: [true, false])
    func collisions(polite: Bool) async throws {
        let test = try await NegotiatedCase(polite: polite, with: #require(BrowserTrait.current))
        try await CollisionScenarios.collisions(test, polite: polite, rounds: Self.rounds)
    }

    @Test("ICE restarts by either end while data flows both ways lose nothing", arguments: [true, false])
    func restarts(polite: Bool) async throws {
        let test = try await NegotiatedCase(polite: polite, with: #require(BrowserTrait.current))
        try await CollisionScenarios.restarts(test, rounds: 20, messages: 20_000)
    }
}
