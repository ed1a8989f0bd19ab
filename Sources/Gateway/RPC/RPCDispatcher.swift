internal import Logging
internal import StrictJSON
internal import Synchronization

/// Answers requests, however they came: with what is built in, and with the application's handler.
struct RPCDispatcher: Sendable {
    typealias Handler = @Sendable (RPCRequest) async throws -> RPCResponse

    let handler: Handler
    /// The most bytes that a request may have.
    let limit: Int
    let logger: Logger
    let metrics: GatewayMetrics
    let info: SystemInfo

    /// What a request is answered with.
    enum Outcome: Sendable {
        case reply(JSONValue)
        case failure(JSONValue?, RPCError)
        case parts(RPCRequest, @Sendable (RPCPartWriter) async throws -> Void)
    }

    /// Answers one request with one reply or several; each is awaited until it is sent. What
    /// `send` throws ends it.
    func answer(
        _ bytes: [UInt8], from source: RPCSource, send: @escaping @Sendable (JSONValue) async throws -> Void
    ) async {
        switch await outcome(of: bytes, from: source) {
        case .reply(let reply):
            do {
                try await send(reply)
            } catch let error as RPCError {
                // It is larger than the client takes, so it is told that instead.
                try? await send(Self.message(reply["id"], error))
            } catch {}
        case .failure(let id, let error): try? await send(Self.message(id, error))
        case .parts(let request, let write): await run(write, for: request, send: send)
        }
    }

    /// What a request is told that nobody works on, with its id if it has one.
    func refusal(of bytes: [UInt8], _ error: RPCError) -> JSONValue {
        let id = (try? JSONReader.read(bytes))?["id"]
        return switch id {
        case .string, .number: Self.message(id, error)
        default: Self.message(nil, error)
        }
    }

    /// Runs the handler.
    func outcome(of bytes: [UInt8], from source: RPCSource) async -> Outcome {
        let request: RPCRequest
        switch read(bytes, from: source) {
        case .success(let read): request = read
        case .failure(let refusal):
            metrics.requestEnded(source.transport, refusal.error)
            return .failure(refusal.id, refusal.error)
        }
        let start = ContinuousClock.now
        defer { metrics.requestTook(ContinuousClock.now - start, source.transport) }
        do {
            let response = request.action == "system_info" ? info.response : try await handler(request)
            guard case .value(let value) = response.content else {
                guard case .parts(let write) = response.content else { return .failure(request.id, .cancelled) }
                return .parts(request, write)
            }
            metrics.requestEnded(source.transport, nil)
            return .reply(Self.message(request.id, ["result": value]))
        } catch {
            let told = told(error, of: request)
            metrics.requestEnded(source.transport, told)
            return .failure(request.id, told)
        }
    }

    /// Sends the parts of an answer, and its end.
    func run(
        _ write: @Sendable (RPCPartWriter) async throws -> Void, for request: RPCRequest,
        send: @escaping @Sendable (JSONValue) async throws -> Void
    ) async {
        let (id, count) = (request.id, PartCount())
        do {
            try await write(
                RPCPartWriter { part in
                    try await send(Self.message(id, ["part": .number(count.next()), "result": part]))
                })
            try await send(Self.message(id, ["done": .bool(true)]))
            metrics.requestEnded(request.transport, nil)
        } catch {
            let told = told(error, of: request)
            metrics.requestEnded(request.transport, told)
            try? await send(Self.message(id, told))
        }
    }

    private final class PartCount: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                defer { count += 1 }
                return count
            }
        }
    }

    private struct Refusal: Error {
        let id: JSONValue?
        let error: RPCError
    }

    private func read(_ bytes: [UInt8], from source: RPCSource) -> Result<RPCRequest, Refusal> {
        let object: JSONValue
        do throws(JSONReader.Failure) {
            object = try JSONReader.read(bytes)
        } catch {
            let told =
                bytes.count > limit
                ? RPCError.tooLarge(limit) : .malformed("This is not JSON: \(error.reason), at byte \(error.offset).")
            return .failure(Refusal(id: nil, error: told))
        }
        let id = object["id"]
        switch id {
        case nil, .string, .number: break
        default:
            return .failure(Refusal(id: nil, error: .malformed("\"id\" should be a string or a number.")))
        }
        // A little beyond the limit the id can still be found, so that the client knows which it
        // was.
        guard bytes.count <= limit else { return .failure(Refusal(id: id, error: .tooLarge(limit))) }
        guard let action = object["action"]?.text, !action.isEmpty else {
            return .failure(Refusal(id: id, error: .malformed("\"action\" is missing, or no string.")))
        }
        return .success(RPCRequest(object, action: action, id: id, from: source))
    }

    private func told(_ error: any Error, of request: RPCRequest) -> RPCError {
        if let error = error as? RPCError { return error }
        if error is CancellationError { return .cancelled }
        logger.error("a request failed", metadata: ["action": "\(request.action.prefix(64))", "error": "\(error)"])
        return RPCError("internal", "The request failed at the server; its log says why.")
    }

    static func message(_ id: JSONValue?, _ error: RPCError) -> JSONValue {
        message(id, ["error": .object(["code": .string(error.code), "message": .string(error.message)])])
    }

    private static func message(_ id: JSONValue?, _ members: [String: JSONValue]) -> JSONValue {
        var members = members
        if let id { members["id"] = id }
        return .object(members)
    }
}
