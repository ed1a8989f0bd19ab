internal import NIOCore
internal import NIOHTTP1

/// Decides whether one connection becomes a WebSocket, and whose: by the rules for all requests, by
/// whether there is a place, and by the token in the request, if there is one. Lives on the
/// connection's event loop.
final class UpgradeGatekeeper {
    typealias Place = @Sendable (HTTPRequestHead) -> EventLoopFuture<SignalingSocketID>

    private let rules: RequestRules
    private let tokens: (any TokenVerifier)?
    private let place: Place
    private let release: @Sendable (SignalingSocketID) -> Void
    /// The connection's place, when it has one.
    private(set) var id: SignalingSocketID?
    /// Whom the request's token has shown.
    private(set) var identity: TokenIdentity?
    /// What the request has called the server.
    private(set) var host: String?
    /// What its handler is made with, where the hub has its socket already.
    var start: ServerSocketHandler.Start?
    /// Why the request became no WebSocket, where the rules alone would have let it.
    private(set) var refusal: HTTPAnswer?

    /// - Parameters:
    ///   - place: finds a place when there is a request that nothing else is wrong with; fails with
    ///     an ``HTTPAnswer`` where there is none.
    ///   - release: takes the place back, where it goes to nobody and the connection stays.
    init(
        rules: RequestRules, tokens: (any TokenVerifier)?, place: @escaping Place,
        release: @escaping @Sendable (SignalingSocketID) -> Void = { _ in }
    ) {
        self.rules = rules
        self.tokens = tokens
        self.place = place
        self.release = release
    }

    /// The headers of the answer that makes it a WebSocket; fails with an ``HTTPAnswer``.
    func check(_ request: HTTPRequestHead, on loop: any EventLoop) -> EventLoopFuture<HTTPHeaders> {
        let (rules, tokens, place, bound) = (rules, tokens, place, NIOLoopBound(self, eventLoop: loop))
        return loop.makeCompletedFuture { try rules.upgrade(request) }
            .flatMap { (headers: HTTPHeaders) in
                place(request).hop(to: loop).map { id in
                    bound.value.id = id
                    bound.value.host = rules.host(of: request)
                    return headers
                }.flatMapErrorThrowing { error in throw bound.value.refuse(error) }
            }
            .flatMap { (headers: HTTPHeaders) in
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
                        throw bound.value.refuse(
                            HTTPAnswer(
                                status: .unauthorized, text: "The token is refused: \(error.message)",
                                headers: ["www-authenticate": "Bearer error=\"invalid_token\""]))
                    }
                    return headers
                }
            }
    }

    private func refuse(_ error: any Error) -> any Error {
        refusal = error as? HTTPAnswer
        if let id { release(id) }
        id = nil
        return error
    }
}
