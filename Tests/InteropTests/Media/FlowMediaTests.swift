import TestSupport
import Testing

/// Media over some seconds and more, of which one runs at a time: each wants a processor for itself.
@Suite(.serialized)
enum FlowMediaTests {
    fileprivate static func make(_ role: OurRole = .answers) async throws -> InteropCase {
        try await InteropCase(we: role, with: #require(BrowserTrait.current))
    }

    fileprivate static func negotiated(polite: Bool) async throws -> NegotiatedCase {
        try await NegotiatedCase(polite: polite, with: #require(BrowserTrait.current))
    }

    @Suite(
        "Media that flows, with Chromium", .serialized, .timeLimit(.minutes(3)),
        .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"),
        .needsFFmpeg, .browser(.plain))
    struct ChromiumFlowMediaTests {
        @Test("is recorded whole and in step")
        func recorded() async throws {
            try await RecordingScenarios.record(FlowMediaTests.make(), .vp8, "webm")
        }

        @Test("is recorded over a way that loses packets, from a sender that was black and silent for a while")
        func recordedMuted() async throws {
            try await RecordingScenarios.record(FlowMediaTests.make(), .h264, "mp4", losing: 2, muting: .enabled)
        }

        @Test("is recorded over a way that loses packets, from a sender that sent nothing for a while")
        func recordedPaused() async throws {
            try await RecordingScenarios.record(FlowMediaTests.make(), .vp8, "webm", losing: 2, muting: .track)
        }

        @Test("is seen at once by who comes in the middle, of a source that keeps what it sent")
        func keptGroup() async throws {
            try await JoiningScenarios.keptGroup(with: #require(BrowserTrait.current))
        }

        @Test("is seen at once by who comes in the middle, of a camera that is asked")
        func asked() async throws {
            try await JoiningScenarios.asked(with: #require(BrowserTrait.current))
        }

        @Test("is sent on to a watcher in the size that fits it, one after the other")
        func forwardedSizes() async throws {
            try await BroadcastScenarios.sizes(with: #require(BrowserTrait.current))
        }

        @Test("goes on at both ends whatever is negotiated", arguments: [true, false])
        func renegotiation(polite: Bool) async throws {
            try await RenegotiationScenarios.all(FlowMediaTests.negotiated(polite: polite))
        }

        @Test("goes on over a way that loses a twentieth of its packets, both ways")
        func loss() async throws {
            try await LossScenarios.exchange(FlowMediaTests.make())
        }

        @Test("comes in three sizes, with their names", arguments: OurRole.allCases)
        func simulcast(role: OurRole) async throws {
            try await SimulcastScenarios.three(FlowMediaTests.make(role))
        }
    }

    @Suite(
        "Media that flows, with Firefox", .serialized, .timeLimit(.minutes(3)),
        .enabled(if: InteropPrograms.hasFirefox, "Firefox is not installed"),
        .needsFFmpeg, .firefox(.plain))
    struct FirefoxFlowMediaTests {
        @Test("is recorded over a way that loses packets, from a sender that sent nothing for a while")
        func recordedPaused() async throws {
            try await RecordingScenarios.record(FlowMediaTests.make(), .vp8, "webm", losing: 2, muting: .track)
        }

        @Test("is recorded from a sender that was black and silent for a while")
        func recordedMuted() async throws {
            try await RecordingScenarios.record(FlowMediaTests.make(), .vp8, "webm", losing: 2, muting: .enabled)
        }

        @Test("goes on over a way that loses a twentieth of its packets, both ways")
        func loss() async throws {
            try await LossScenarios.exchange(FlowMediaTests.make())
        }

        @Test("goes on at both ends whatever is negotiated")
        func renegotiation() async throws {
            try await RenegotiationScenarios.all(FlowMediaTests.negotiated(polite: true))
        }
    }
}
