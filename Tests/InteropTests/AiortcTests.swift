import Foundation
import Testing

@Suite(
    "aiortc", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: InteropPrograms.hasAiortc, "aiortc is not installed"), .python(.aiortc))
struct AiortcTests {
    private func make(_ role: OurRole) async throws -> InteropCase {
        try await InteropCase(we: role, with: #require(PythonTrait.current))
    }

    @Test("messages of every kind arrive", arguments: OurRole.allCases, CandidateExchange.allCases)
    func payloads(role: OurRole, exchange: CandidateExchange) async throws {
        // aiortc announces 64 KiB.
        try await InteropScenarios.payloads(make(role), exchange: exchange, largest: (ours: 65536, theirs: 262_144))
    }

    @Test("hundreds of messages arrive in order, both ways at once", arguments: OurRole.allCases)
    func sequences(role: OurRole) async throws {
        try await InteropScenarios.sequences(make(role), count: 500, size: 1000)
    }

    @Test(
        "channels have the options they were created with", arguments: OurRole.allCases,
        [
            ChannelOptions(ordered: false), ChannelOptions(ordered: false, maxRetransmits: 0),
            ChannelOptions(ordered: false, maxPacketLifeTime: 500), ChannelOptions(protocol: "chat.v1"),
            ChannelOptions(negotiated: true, id: 100),
        ])
    func options(role: OurRole, options: ChannelOptions) async throws {
        try await InteropScenarios.options(make(role), options)
    }

    @Test("channels that both ends create carry their own messages", arguments: OurRole.allCases)
    func severalChannels(role: OurRole) async throws {
        try await InteropScenarios.severalChannels(make(role))
    }

    @Test("a channel closes from either side and leaves the others open", arguments: OurRole.allCases)
    func closingChannels(role: OurRole) async throws {
        try await InteropScenarios.closingChannels(make(role))
    }

    @Test("a connection closes from either side", arguments: OurRole.allCases, [true, false])
    func closingConnection(role: OurRole, byUs: Bool) async throws {
        try await InteropScenarios.closingConnection(make(role), byUs: byUs)
    }
}
