import TestSupport
import Testing

/// Many who watch at once, which takes all processors: nothing runs beside it.
@Suite(
    "Pictures that are sent to many, with Chromium", .serialized, .timeLimit(.minutes(4)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"),
    .needsFFmpeg, .browser(.plain))
struct CrowdTests {
    @Test("is watched by fifty, of whom half stand still in the middle and leave")
    func fifty() async throws {
        try await BroadcastScenarios.fifty(with: #require(BrowserTrait.current))
    }

    @Test("are seen by all four in a room, small ones by the one behind a narrow link")
    func room() async throws {
        try await RoomScenarios.four(with: #require(BrowserTrait.current))
    }
}
