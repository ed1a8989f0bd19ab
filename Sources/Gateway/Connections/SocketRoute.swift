internal import Hummingbird
internal import Signaling

/// A path whose requests become WebSockets of the gateway's own.
struct SocketRoute: Sendable {
    /// What is done with the socket; when it returns the socket is closed.
    typealias Body = @Sendable (TextSocket) async -> Void

    /// As Hummingbird writes paths, parameters with a colon.
    let path: String
    let access: RouteClass
    /// Lets a request in, or says why not.
    let open: @Sendable (GatewayRequest) async throws(GatewayFailure) -> Body

    /// What the path's parameters are in a request for it; nil for a request that is not.
    func parameters(of path: Substring) -> Parameters? {
        let (mine, theirs) = (self.path.split(separator: "/"), path.split(separator: "/", maxSplits: 16))
        guard mine.count == theirs.count else { return nil }
        var parameters: [(Substring, Substring)] = []
        for (wanted, found) in zip(mine, theirs) {
            if wanted.hasPrefix(":") {
                parameters.append((wanted.dropFirst(), found))
            } else if wanted != found {
                return nil
            }
        }
        return Parameters(parameters)
    }
}
