import Foundation
import JSEP
import Testing
import WebRTC

/// What Chromium says of its messages' size, and we of ours.
private let largest = (ours: 262_144, theirs: 262_144)

@Suite(
    "Chromium, which hides its addresses behind .local names", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"), .browser(.hidden))
struct ChromiumTests {
    private func make(_ role: OurRole) async throws -> InteropCase {
        try await InteropCase(we: role, with: #require(BrowserTrait.current))
    }

    @Test("messages of every kind arrive", arguments: OurRole.allCases, CandidateExchange.allCases)
    func payloads(role: OurRole, exchange: CandidateExchange) async throws {
        let test = try await make(role)
        try await InteropScenarios.payloads(test, exchange: exchange, largest: largest)
        if exchange == .trickle {
            // This is the test's reason to be: nothing else was there to connect to.
            let candidates = test.theirs.log.events.compactMap { event in
                if case .candidate(let candidate?) = event { candidate.candidate } else { nil }
            }
            #expect(!candidates.isEmpty && candidates.allSatisfy { $0.contains(".local ") })
        }
    }

    @Test("thousands of messages arrive in order, both ways at once", arguments: OurRole.allCases)
    func sequences(role: OurRole) async throws {
        try await InteropScenarios.sequences(make(role), count: 3000, size: 1000)
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

    @Test("data channels as before RFC 8841 connect, and are described so by both", arguments: OurRole.allCases)
    func oldForm(role: OurRole) async throws {
        let test = try await make(role)
        try await test.connectWithChannel(through: \.inOldForm)
        let connection = test.ours.connection
        let theirs = try #require(connection.currentRemoteDescription).sdp
        #expect(theirs.contains("m=application 9 DTLS/SCTP 5000") && theirs.contains("a=sctpmap:5000 "))
        if role == .answers {
            let ours = try #require(connection.currentLocalDescription).sdp
            #expect(ours.contains(" DTLS/SCTP 5000\r\n") && ours.contains("a=sctpmap:5000 webrtc-datachannel "))
            #expect(!ours.contains("sctp-port"))
        }
        try await test.ours.send(.text("hello"), on: "chat")
        #expect(try await test.theirs.log.messages(1, on: "chat") == [.text("hello")])
        await test.close()
    }

    @Test("media sections that come later are accepted from either end", arguments: OurRole.allCases)
    func addedMedia(role: OurRole) async throws {
        try await InteropScenarios.addedMedia(make(role))
    }

    @Test("ICE restarts by either end, and the channel goes on", arguments: OurRole.allCases)
    func restarts(role: OurRole) async throws {
        try await InteropScenarios.restarts(make(role))
    }

    @Test(
        "media sections are added, stopped and their places used again by both ends, while data passes",
        arguments: BundlePolicy.allCases)
    func renegotiation(policy: JSEP.BundlePolicy) async throws {
        let control = try #require(BrowserTrait.current)
        let test = try await InteropCase(we: .offers, with: control, .init(bundlePolicy: policy))
        let connection = test.ours.connection
        for kind in [MediaKind.video, .audio, .audio] { try await connection.addTransceiver(kind) }
        try await test.connectWithChannel()
        #expect(connection.transceivers.allSatisfy { $0.currentDirection == .sendonly })
        // Not the first: Chromium begins a new transport with a section that takes the place of the first.
        try connection.transceivers[1].stop()
        try await test.renegotiate(from: test.ours, to: test.theirs)
        #expect(connection.transceivers.map(\.mid) == ["0", "2"])
        try await test.theirs.perform("addTransceivers", ["kinds": ["video", "audio"]])
        try await test.renegotiate(from: test.theirs, to: test.ours)
        #expect(connection.transceivers.map(\.kind) == [.video, .audio, .video, .audio])
        try connection.transceivers[1].setDirection(.recvonly)
        try await test.renegotiate(from: test.ours, to: test.theirs)
        try await test.renegotiate(from: test.theirs, to: test.ours)
        let sections = try #require(connection.currentLocalDescription).sdp.split(separator: "\r\n")
            .filter { $0.hasPrefix("m=") }.map { $0.split(separator: " ") }
        #expect(sections.map { $0[0] } == ["m=video", "m=video", "m=audio", "m=application", "m=audio"])
        #expect(sections.allSatisfy { $0[1] != "0" })
        try await test.ours.send(.text("hello"), on: "chat")
        #expect(try await test.theirs.log.messages(1, on: "chat") == [.text("hello")])
        await test.close()
    }
}

@Suite(
    "Chromium, which shows its addresses", .serialized, .timeLimit(.minutes(3)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"), .browser(.plain))
struct ChromiumPlainAddressTests {
    @Test("messages of every kind arrive", arguments: OurRole.allCases, CandidateExchange.allCases)
    func payloads(role: OurRole, exchange: CandidateExchange) async throws {
        let test = try await InteropCase(we: role, with: #require(BrowserTrait.current))
        try await InteropScenarios.payloads(test, exchange: exchange, largest: largest)
    }
}

extension Description {
    /// As peers wrote it before RFC 8841.
    fileprivate var inOldForm: Description {
        let sdp = sdp.replacing("UDP/DTLS/SCTP webrtc-datachannel", with: "DTLS/SCTP 5000")
            .replacing("a=sctp-port:5000\r\n", with: "a=sctpmap:5000 webrtc-datachannel 1024\r\n")
        return Description(type: type, sdp: sdp)
    }
}
