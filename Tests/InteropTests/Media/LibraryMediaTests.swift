import TestSupport
import Testing

@Suite(
    "Media with aiortc", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: InteropPrograms.hasAiortc, "aiortc is not installed"),
    .needsFFmpeg, .python(.aiortc))
struct AiortcMediaTests {
    private func make(_ role: OurRole) async throws -> InteropCase {
        try await InteropCase(we: role, with: #require(PythonTrait.current))
    }

    @Test("its picture and its tone come to us", arguments: OurRole.allCases, [TestCodec.vp8, .h264])
    func receiving(role: OurRole, codec: TestCodec) async throws {
        try await MediaScenarios.receiving(make(role), codec)
    }

    @Test("our picture is shown and our tone is heard there", arguments: OurRole.allCases, [TestCodec.vp8, .h264])
    func sending(role: OurRole, codec: TestCodec) async throws {
        try await MediaScenarios.sending(make(role), codec)
    }
}

@Suite(
    "Media with libwebrtc itself", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: InteropPrograms.hasWrtc, "wrtc is not installed"),
    .needsFFmpeg, .python(.wrtc))
struct LibwebrtcMediaTests {
    private func make(_ role: OurRole) async throws -> InteropCase {
        try await InteropCase(we: role, with: #require(PythonTrait.current))
    }

    @Test("its picture and its tone come to us", arguments: OurRole.allCases, [TestCodec.vp8, .vp9, .av1])
    func receiving(role: OurRole, codec: TestCodec) async throws {
        try await MediaScenarios.receiving(make(role), codec)
    }

    @Test(
        "our picture is shown and our tone is heard there", arguments: OurRole.allCases, [TestCodec.vp8, .vp9, .av1])
    func sending(role: OurRole, codec: TestCodec) async throws {
        try await MediaScenarios.sending(make(role), codec)
    }
}
