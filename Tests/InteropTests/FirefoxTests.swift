import JSEP
import Testing
import WebRTC

/// What Firefox says of its messages' size is more than a test needs; we say 256 KiB.
private let largest = (ours: 262_144, theirs: 262_144)

@Suite(
    "Firefox", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: InteropPrograms.hasFirefox, "Firefox is not installed"), .firefox(.plain))
struct FirefoxTests {
    private func make(_ role: OurRole, _ configuration: PeerConnection.Configuration = .init()) async throws
        -> InteropCase
    {
        try await InteropCase(we: role, with: #require(BrowserTrait.current), configuration)
    }

    @Test("messages of every kind arrive", arguments: OurRole.allCases, CandidateExchange.allCases)
    func payloads(role: OurRole, exchange: CandidateExchange) async throws {
        try await InteropScenarios.payloads(make(role), exchange: exchange, largest: largest)
    }

    @Test("thousands of messages arrive in order, both ways at once", arguments: OurRole.allCases)
    func sequences(role: OurRole) async throws {
        try await InteropScenarios.sequences(make(role), count: 2000, size: 1000)
    }

    @Test(
        "channels have the options they were created with", arguments: OurRole.allCases,
        [
            ChannelOptions(ordered: false), ChannelOptions(maxRetransmits: 2),
            ChannelOptions(ordered: false, maxRetransmits: 0), ChannelOptions(ordered: false, maxPacketLifeTime: 500),
            ChannelOptions(protocol: "chat.v1"), ChannelOptions(negotiated: true, id: 100),
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

    @Test("a channel that we do not read holds up no other, even at the limit of all", arguments: OurRole.allCases)
    func unread(role: OurRole) async throws {
        try await InteropScenarios.unread(role, with: #require(BrowserTrait.current))
    }

    @Test("a connection closes from either side", arguments: OurRole.allCases, [true, false])
    func closingConnection(role: OurRole, byUs: Bool) async throws {
        try await InteropScenarios.closingConnection(make(role), byUs: byUs)
    }

    @Test("sections for audio and video are accepted, and data passes all the same", arguments: OurRole.allCases)
    func mediaSections(role: OurRole) async throws {
        try await InteropScenarios.mediaSections(make(role))
    }

    @Test(
        "media sections that come later are accepted from either end", arguments: OurRole.allCases,
        BundlePolicy.allCases)
    func addedMedia(role: OurRole, policy: JSEP.BundlePolicy) async throws {
        try await InteropScenarios.addedMedia(make(role, .init(bundlePolicy: policy)))
    }

    @Test("ICE restarts by either end, and the channel goes on", arguments: OurRole.allCases)
    func restarts(role: OurRole) async throws {
        try await InteropScenarios.restarts(make(role))
    }

    @Test("collisions of offers all end in agreement, and the channel goes on", arguments: [true, false])
    func collisions(polite: Bool) async throws {
        let test = try await NegotiatedCase(polite: polite, with: #require(BrowserTrait.current))
        try await CollisionScenarios.collisions(test, polite: polite, rounds: 40)
    }
}
