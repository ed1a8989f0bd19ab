import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// The part of the W3C's WebDriver BiDi that the tests need: one session, and functions called in its page.
actor WebDriverBiDi: PageDriver {
    private typealias Socket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// A script's result, or an error, as text may have many bytes.
    private static let largestMessage = 1 << 27

    private let outgoing: AsyncStream<Data>.Continuation
    private var replies: [Int: CheckedContinuation<JSONValue, any Error>] = [:]
    private var lastRequest = 0
    private var context = ""
    private var end: InteropError?
    private var carrier: Task<Void, Never>?

    /// Opens a session of the browser that listens at `port`.
    init(port: Int) async throws {
        let socket = try await Self.connect(port: port)
        let (requests, outgoing) = AsyncStream.makeStream(of: Data.self)
        self.outgoing = outgoing
        carrier = Task { await carry(requests, over: socket) }
        _ = try await send("session.new", ["capabilities": [:]])
        context = try await send("browsingContext.getTree", [:])["contexts"][0]["context"].string ?? ""
    }

    func open(_ page: URL) async throws {
        _ = try await send(
            "browsingContext.navigate",
            ["context": .string(context), "url": .string(page.absoluteString), "wait": "complete"])
    }

    func run(_ script: String, _ arguments: [JSONValue]) async throws -> JSONValue {
        let function =
            "async (text) => JSON.stringify((await (async function () { \(script) })(...JSON.parse(text))) ?? null)"
        let text = String(decoding: try JSONEncoder().encode(arguments), as: UTF8.self)
        let reply = try await send(
            "script.callFunction",
            [
                "functionDeclaration": .string(function), "awaitPromise": true,
                "target": ["context": .string(context)], "arguments": [["type": "string", "value": .string(text)]],
            ])
        guard reply["type"].string == "success", let result = reply["result"]["value"].string else {
            throw InteropError("the page: \(reply["exceptionDetails"]["text"].string ?? "no result")")
        }
        return try JSONDecoder().decode(JSONValue.self, from: Data(result.utf8))
    }

    func close() async throws {
        _ = try? await send("browser.close", [:])
        outgoing.finish()
        await carrier?.value
    }

    private func send(_ method: String, _ parameters: JSONValue) async throws -> JSONValue {
        if let end { throw end }
        lastRequest += 1
        let identifier = lastRequest
        let request: JSONValue = [
            "id": .number(Double(identifier)), "method": .string(method), "params": parameters,
        ]
        outgoing.yield(try JSONEncoder().encode(request))
        return try await withCheckedThrowingContinuation { replies[identifier] = $0 }
    }

    private func receive(_ message: JSONValue) {
        guard let identifier = message["id"].integer, let reply = replies.removeValue(forKey: identifier) else {
            return
        }
        if let error = message["error"].string {
            reply.resume(throwing: InteropError("BiDi: \(error): \(message["message"].string?.prefix(400) ?? "")"))
        } else {
            reply.resume(returning: message["result"])
        }
    }

    private func finish(_ reason: InteropError) {
        end = reason
        let waiting = replies.values
        replies = [:]
        for reply in waiting { reply.resume(throwing: reason) }
    }

    /// Carries requests and replies until one side ends.
    private func carry(_ requests: AsyncStream<Data>, over socket: Socket) async {
        do {
            try await socket.executeThenClose { inbound, outbound in
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        for await request in requests {
                            let frame = WebSocketFrame(
                                fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(bytes: request))
                            try await outbound.write(frame)
                        }
                    }
                    group.addTask {
                        for try await frame in inbound where frame.opcode == .text {
                            let data = Data(frame.unmaskedData.readableBytesView)
                            await self.receive(try JSONDecoder().decode(JSONValue.self, from: data))
                        }
                    }
                    try await group.next()
                    group.cancelAll()
                }
            }
            finish(InteropError("the browser has closed its socket"))
        } catch {
            finish(InteropError("the browser's socket: \(error)"))
        }
    }

    private static func connect(port: Int) async throws -> Socket {
        let upgraded = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOTypedWebSocketClientUpgrader<Socket?>(
                        maxFrameSize: largestMessage,
                        upgradePipelineHandler: { channel, _ in
                            channel.eventLoop.makeCompletedFuture {
                                try channel.pipeline.syncOperations.addHandler(
                                    NIOWebSocketFrameAggregator(
                                        minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1 << 16,
                                        maxAccumulatedFrameSize: largestMessage))
                                return try Socket(wrappingChannelSynchronously: channel)
                            }
                        })
                    let head = HTTPRequestHead(
                        version: .http1_1, method: .GET, uri: "/session",
                        headers: ["host": "127.0.0.1:\(port)", "content-length": "0"])
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: .init(
                            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                                upgradeRequestHead: head, upgraders: [upgrader],
                                notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededFuture(nil) })))
                }
            }
        guard let socket = try await upgraded.get() else {
            throw InteropError("port \(port) speaks no WebDriver BiDi")
        }
        return socket
    }
}
