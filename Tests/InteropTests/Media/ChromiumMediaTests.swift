import Foundation
import JSEP
import Testing
import WebRTC

@Suite(
    "Media with Chromium", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"), .browser(.plain))
struct ChromiumMediaTests {
    private func make(_ role: OurRole) async throws -> InteropCase {
        try await InteropCase(we: role, with: #require(BrowserTrait.current))
    }

    @Test("its picture and its tone come to us", arguments: OurRole.allCases)
    func receiving(role: OurRole) async throws {
        try await MediaScenarios.receiving(make(role))
    }

    @Test("our picture is shown there", arguments: OurRole.allCases, ["video/VP8"])
    func sending(role: OurRole, codec: String) async throws {
        try await MediaScenarios.sending(make(role), codec)
    }
}
