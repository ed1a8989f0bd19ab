internal import NIOCore
internal import NIOHTTP1

/// Decides whether one connection becomes a WebSocket, and whose: by the rules for all requests,
/// and by the token in it, if there is one. Lives on the connection's event loop.
final class UpgradeGatekeeper {
    private let rules: RequestRules
    private let tokens: (any TokenVerifier)?
    private let plain: PlainHTTPHandler
    private let readiness: () -> Readiness
    /// Whom the request's token has shown.
    private(set) var identity: TokenIdentity?

    /// - Parameters:
    ///   - plain: says why a request is refused.
    ///   - readiness: asked when there is a request that nothing else is wrong with.
    init(
        rules: RequestRules, tokens: (any TokenVerifier)?, plain: PlainHTTPHandler,
        readiness: @escaping () -> Readiness
    ) {
        self.rules = rules
        self.tokens = tokens
        self.plain = plain
        self.readiness = readiness
    }

    /// The headers of the answer that makes it a WebSocket; fails with an ``HTTPAnswer``.
    func check(_ request: HTTPRequestHead, on loop: any EventLoop) -> EventLoopFuture<HTTPHeaders> {
        let (rules, tokens, bound) = (rules, tokens, NIOLoopBound(self, eventLoop: loop))
        return loop.makeCompletedFuture {
            let headers = try rules.upgrade(request)
            if let refusal = bound.value.readiness().refusal {
                bound.value.plain.refusal = refusal
                throw refusal
            }
            return headers
        }.flatMap { (headers: HTTPHeaders) in
            guard let tokens, let token = rules.token(of: request) else { return loop.makeSucceededFuture(headers) }
            return loop.makeFutureWithTask { () -> Result<TokenIdentity, TokenError> in
                do throws(TokenError) {
                    return .success(try await tokens.identity(of: token))
                } catch {
                    return .failure(error)
                }
            }.flatMapThrowing { result in
                switch result {
                case .success(let identity): bound.value.identity = identity
                case .failure(let error):
                    let refusal = HTTPAnswer(
                        status: .unauthorized, text: "The token is refused: \(error.message)",
                        headers: ["www-authenticate": "Bearer error=\"invalid_token\""])
                    bound.value.plain.refusal = refusal
                    throw refusal
                }
                return headers
            }
        }
    }
}
