import Foundation
import TestSupport
import Testing

/// The harness proves itself without us: when these pass and others fail, the fault is ours.
@Suite("The interop harness", .serialized, .timeLimit(.minutes(2)))
struct HarnessTests {
    @Test("lines are cut where they end, however the bytes arrive")
    func lineSplitting() {
        var splitter = LineSplitter()
        #expect(splitter.append(Data("one\ntw".utf8)) == ["one"])
        #expect(splitter.append(Data("o\n\nth".utf8)) == ["two", ""])
        #expect(splitter.append(Data("ree".utf8)).isEmpty)
        #expect(splitter.append(Data("\n".utf8)) == ["three"])
    }

    @Test("a wait ends when its event arrives, and fails when no more events come")
    func eventLog() async throws {
        let log = EventLog()
        async let state: Void = log.expect(.state("connected"), count: 2)
        for _ in 0..<2 { log.append(.state("connected")) }
        try await state
        log.finish(InteropError("gone"))
        await #expect(throws: InteropError.self) { try await log.messages(1, on: "x") }
    }
}

@Suite(
    "The interop harness with aiortc and a browser", .serialized, .timeLimit(.minutes(2)),
    .enabled(if: InteropPrograms.hasChromium && InteropPrograms.hasAiortc, "Chromium or aiortc is not installed"),
    .browser(.plain), .python(.aiortc))
struct HarnessProgramTests {
    @Test("aiortc and Chromium understand each other")
    func aiortcAndChromium() async throws {
        let pair = InteropPair(
            offerer: try await RemotePeer("a", in: #require(BrowserTrait.current)),
            answerer: try await RemotePeer("b", in: #require(PythonTrait.current)))
        try await pair.offerer.createDataChannel("chat", ChannelOptions())
        try await pair.connect(.complete)
        #expect(try await pair.answerer.log.channel("chat").label == "chat")
        try await pair.answerer.log.expect(.opened(label: "chat"))
        try await pair.answerer.send(.binary(Data([1, 2, 3])), on: "chat")
        try await pair.answerer.sendSequence(count: 3, size: 8, on: "chat")
        let messages = try await pair.offerer.log.messages(4, on: "chat")
        #expect(messages == [.binary(Data([1, 2, 3])), .text("0:......"), .text("1:......"), .text("2:......")])
        await pair.close()
    }
}

@Suite(
    "The interop harness with two peers in one browser", .serialized, .timeLimit(.minutes(2)),
    .enabled(if: InteropPrograms.hasChromium, "Chromium is not installed"), .browser(.hidden))
struct BrowserHarnessTests {
    @Test("candidates trickle both ways", arguments: CandidateExchange.allCases)
    func trickle(exchange: CandidateExchange) async throws {
        let browser = try #require(BrowserTrait.current)
        let pair = InteropPair(
            offerer: try await RemotePeer("offerer-\(exchange)", in: browser),
            answerer: try await RemotePeer("answerer-\(exchange)", in: browser))
        try await pair.offerer.createDataChannel("chat", ChannelOptions(ordered: false, maxRetransmits: 3))
        try await pair.connect(exchange)
        let channel = try await pair.answerer.log.channel("chat")
        #expect(channel.maxRetransmits == 3 && !channel.ordered)
        try await pair.answerer.send(.text("hello"), on: "chat")
        #expect(try await pair.offerer.log.messages(1, on: "chat") == [.text("hello")])
        try await pair.answerer.closeChannel("chat")
        try await pair.offerer.log.expect(.closed(label: "chat"))
        await pair.close()
    }
}
