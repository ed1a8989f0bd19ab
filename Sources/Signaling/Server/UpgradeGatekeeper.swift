internal import NIOCore
internal import NIOHTTP1

/// Decides whether one connection becomes a WebSocket, and whose: by the rules for all requests,
/// and by the token in it, if there is one. Lives on the connection's event loop.
final class UpgradeGatekeeper {
    private let rules: RequestRules
    private let tokens: (any TokenVerifier)?
    private let plain: PlainHTTPHandler
    /// Whom the request's token has shown.
    private(set) var identity: TokenIdentity?

    /// - Parameter plain: says why a request is refused.
    init(rules: RequestRules, tokens: (any TokenVerifier)?, plain: PlainHTTPHandler) {
        self.rules = rules
        self.tokens = tokens
        self.plain = plain
    }

    /// The headers of the answer that makes it a WebSocket; fails with an ``HTTPAnswer``.
    func check(_ request: HTTPRequestHead, on loop: any EventLoop) -> EventLoopFuture<HTTPHeaders> {
        let (rules, tokens, bound) = (rules, tokens, NIOLoopBound(self, eventLoop: loop))
        return loop.makeCompletedFuture { try rules.upgrade(request) }.flatMap { headers in
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
