import TestSupport
import Testing

@Suite(
    "Media with Chromium", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"),
    .needsFFmpeg, .browser(.plain))
struct ChromiumMediaTests {
    private func make(_ role: OurRole) async throws -> InteropCase {
        try await InteropCase(we: role, with: #require(BrowserTrait.current))
    }

    @Test("its picture and its tone come to us", arguments: OurRole.allCases, TestCodec.allCases)
    func receiving(role: OurRole, codec: TestCodec) async throws {
        try await MediaScenarios.receiving(make(role), codec)
    }

    @Test("our picture is shown and our tone is heard there", arguments: OurRole.allCases, TestCodec.allCases)
    func sending(role: OurRole, codec: TestCodec) async throws {
        try await MediaScenarios.sending(make(role), codec, tellsArrivals: true)
    }

    @Test("sound that repeats what was before it goes both ways", arguments: OurRole.allCases)
    func redundant(role: OurRole) async throws {
        try await MediaScenarios.redundant(make(role))
    }
}

@Suite(
    "Media with Firefox", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: InteropPrograms.hasFirefox, "Firefox is not installed"),
    .needsFFmpeg, .firefox(.plain))
struct FirefoxMediaTests {
    private func make(_ role: OurRole) async throws -> InteropCase {
        try await InteropCase(we: role, with: #require(BrowserTrait.current))
    }

    @Test("its picture and its tone come to us", arguments: OurRole.allCases, [TestCodec.vp8, .vp9])
    func receiving(role: OurRole, codec: TestCodec) async throws {
        try await MediaScenarios.receiving(make(role), codec)
    }

    @Test("our picture is shown there, and our tone arrives", arguments: OurRole.allCases, [TestCodec.vp8, .vp9, .av1])
    func sending(role: OurRole, codec: TestCodec) async throws {
        try await MediaScenarios.sending(make(role), codec, hears: false, tellsArrivals: true)
    }
}
