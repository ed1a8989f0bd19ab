internal import AsyncQueues
internal import Hummingbird
internal import NIOCore
internal import Signaling
internal import StrictJSON

/// `POST /v1/rpc`: the handler of the data channels over plain HTTP. A value is one JSON object;
/// parts are a line each, as `application/x-ndjson`.
struct RPCRoutes: Sendable {
    let dispatcher: RPCDispatcher

    var routes: [GatewayRoute] {
        [GatewayRoute(.post, "/v1/rpc", .sessions) { request throws(GatewayFailure) in try await self.answer(request) }]
    }

    private func answer(_ request: GatewayRequest) async throws(GatewayFailure) -> Response {
        let bytes = try await request.bytes(upTo: dispatcher.limit)
        let source = RPCSource(transport: .http, peerID: nil, subject: request.caller.identity?.subject)
        switch await dispatcher.outcome(of: bytes, from: source) {
        case .reply(let reply): return .json(reply)
        case .failure(let id, let error):
            return .json(RPCDispatcher.message(id, error), status: Self.status(of: error))
        case .parts(let request, let write):
            return Response(
                status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
                body: body(of: write, for: request))
        }
    }

    private func body(
        of write: @escaping @Sendable (RPCPartWriter) async throws -> Void, for request: RPCRequest
    ) -> ResponseBody {
        ResponseBody { [dispatcher] writer in
            let lines = AsyncQueue<ByteBuffer, Never>(.init(count: 4, overflow: .admit))
            // When the client is gone writing throws, and that cancels the handler.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await dispatcher.run(write, for: request) { reply in
                        try Task.checkCancellation()
                        let push = lines.push(ByteBuffer(bytes: reply.bytes + [0x0A]))
                        if !push.hasRoom { await lines.room() }
                    }
                    lines.finish()
                }
                for await line in lines { try await writer.write(line) }
                try await writer.finish(nil)
            }
        }
    }

    private static func status(of error: RPCError) -> HTTPResponse.Status {
        switch error.code {
        case "malformed": .badRequest
        case "too-large": .contentTooLarge
        case "unknown-action": .notFound
        case "internal": .internalServerError
        default: .unprocessableContent
        }
    }
}
