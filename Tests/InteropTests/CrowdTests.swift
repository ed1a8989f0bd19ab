import TestSupport
import Testing

/// Many who watch at once, which takes all processors: nothing runs beside it.
@Suite(
    "A picture that is sent to many, with Chromium", .serialized, .timeLimit(.minutes(4)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"),
    .needsFFmpeg, .browser(.plain))
struct CrowdTests {
    @Test("is watched by fifty, of whom half stand still in the middle and leave")
    func fifty() async throws {
        try await BroadcastScenarios.fifty(with: #require(BrowserTrait.current))
    }
}
