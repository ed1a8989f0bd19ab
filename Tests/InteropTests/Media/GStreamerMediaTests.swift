import JSEP
import TestSupport
import Testing
import TransportTypes
import WebRTC

@Suite(
    "Media with GStreamer", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: InteropPrograms.hasGStreamer, "GStreamer's webrtcbin for Python is not installed"),
    .needsFFmpeg, .python(.gstreamer))
struct GStreamerMediaTests {
    /// It has no other.
    private let cipher = SRTPProfile.aes128CMSHA1With80BitTag

    /// It refuses an offer whose sections have ICE credentials of their own, which RFC 8843 section 7.2 allows.
    private func make(_ role: OurRole) async throws -> InteropCase {
        try await InteropCase(we: role, with: #require(PythonTrait.current), .init(bundlePolicy: .maxBundle))
    }

    @Test("its picture and its tone come to us", arguments: OurRole.allCases, [TestCodec.vp8, .vp9, .h264])
    func receiving(role: OurRole, codec: TestCodec) async throws {
        try await MediaScenarios.receiving(make(role), codec, cipher: cipher)
    }

    @Test(
        "our picture is shown and our tone is heard there", arguments: OurRole.allCases, [TestCodec.vp8, .vp9, .h264])
    func sending(role: OurRole, codec: TestCodec) async throws {
        try await MediaScenarios.sending(make(role), codec, cipher: cipher)
    }
}
