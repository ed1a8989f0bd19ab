import Foundation
import JSEP
import Testing
import TransportTypes
import WebRTC

@Suite(
    "Chromium with several transports", .serialized, .timeLimit(.minutes(3)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"), .browser(.plain))
struct ChromiumTransportTests {
    @Test(
        "the first section is stopped and its place used again, while data passes",
        arguments: OurRole.allCases, [true, false])
    func recycledTag(role: OurRole, theyStop: Bool) async throws {
        let test = try await InteropCase(we: role, with: #require(BrowserTrait.current))
        if role == .offers {
            try await test.ours.connection.addTransceiver(.audio)
        } else {
            try await test.theirs.perform("addTransceivers", ["kinds": ["audio"]])
        }
        try await test.connectWithChannel()
        let candidates = test.pair.forwardCandidates()
        var count = 0
        func expectData() async throws {
            count += 1
            try await test.ours.send(.text("from us \(count)"), on: "chat")
            try await test.theirs.send(.text("from them \(count)"), on: "chat")
            #expect(try await test.ours.log.messages(count, on: "chat").last == .text("from them \(count)"))
            #expect(try await test.theirs.log.messages(count, on: "chat").last == .text("from us \(count)"))
        }
        try await expectData()
        let (stopping, other) =
            theyStop ? (test.theirs as any InteropEnd, test.ours as any InteropEnd) : (test.ours, test.theirs)
        if theyStop {
            try await test.theirs.perform("stopTransceiver", ["index": 0])
        } else {
            try test.ours.connection.transceivers[0].stop()
        }
        try await test.renegotiate(from: stopping, to: other)
        try await expectData()
        if theyStop {
            try await test.theirs.perform("addTransceivers", ["kinds": ["video"]])
        } else {
            try await test.ours.connection.addTransceiver(.video)
        }
        try await test.renegotiate(from: stopping, to: other)
        #expect(test.ours.connection.currentLocalDescription?.sdp.contains("m=video 0") == false)
        try await expectData()
        #expect(test.ours.connection.transceivers[0].sender.transport === test.ours.connection.sctp?.transport)
        candidates.cancel()
        await test.close()
    }

    /// Audio, video and data; returns when both ends have the channel open.
    private func connect(
        _ role: OurRole, policy: BundlePolicy, through signaling: @Sendable @escaping (Description) -> Description
    ) async throws -> InteropCase {
        let configuration = PeerConnection.Configuration(bundlePolicy: .maxCompat)
        let test = try await InteropCase(
            we: role, with: #require(BrowserTrait.current), configuration, policy: policy)
        if role == .offers {
            for kind in MediaKind.allCases { try await test.ours.connection.addTransceiver(kind) }
        } else {
            try await test.theirs.perform("addTransceivers", ["kinds": ["audio", "video"]])
        }
        try await test.connectWithChannel(through: signaling)
        try await test.ours.send(.text("hello"), on: "chat")
        #expect(try await test.theirs.log.messages(1, on: "chat") == [.text("hello")])
        return test
    }

    @Test("Chromium's max-compat is bundled all the same, where both can", arguments: OurRole.allCases)
    func maxCompat(role: OurRole) async throws {
        let test = try await connect(role, policy: .maxCompat) { $0 }
        let connection = test.ours.connection
        let transport = try #require(connection.sctp).transport
        #expect(connection.senders.count == 2 && connection.senders.allSatisfy { $0.transport === transport })
        #expect(await connection.getStats().transports.count == 1)
        await test.close()
    }

    @Test(
        "without the group, which signaling has lost, each section has its transport, and all connect",
        arguments: OurRole.allCases, [BundlePolicy.balanced, .maxCompat])
    func unbundled(role: OurRole, policy: JSEP.BundlePolicy) async throws {
        let test = try await connect(role, policy: policy) { description in
            let lines = description.sdp.split(separator: "\r\n").filter { !$0.hasPrefix("a=group:") }
            return Description(type: description.type, sdp: lines.joined(separator: "\r\n") + "\r\n")
        }
        let connection = test.ours.connection
        let transports =
            try connection.senders.map { try #require($0.transport) } + [#require(connection.sctp).transport]
        #expect(Set(transports.map(ObjectIdentifier.init)).count == 3)
        #expect(transports.allSatisfy { $0.state == .connected })
        #expect(connection.connectionState == .connected)
        #expect(try await test.theirs.perform("transportStates", [:]) == ["connected", "connected", "connected"])
        await test.close()
    }
}
