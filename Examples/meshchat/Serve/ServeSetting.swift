/// What can be set of `meshchat serve`, by the names that the file of settings has. In the
/// environment they are in capitals, with `MESHCHAT_` before and `_` between words:
/// `tls.certificate` is `MESHCHAT_TLS_CERTIFICATE`. Docs/Gateway.md has the table.
enum ServeSetting: String, CaseIterable {
    case listen, port, mode, hostNames, allowedOrigins, open, trustedProxies, stun, pages, drainSeconds
    case certificate = "tls.certificate"
    case privateKey = "tls.privateKey"
    case selfMade = "tls.selfMade"
    case tokenSecretFile = "tokens.secretFile"
    case tokenKeyFile = "tokens.keyFile"
    case tokenKeySet = "tokens.jwksFile"
    case audience = "tokens.audience"
    case issuer = "tokens.issuer"
    case turnSecret = "turn.secret"
    case turnSecretFile = "turn.secretFile"
    case turnURIs = "turn.uris"
    case turnLifetime = "turn.lifetimeSeconds"
    case metricsListen = "metrics.listen"
    case metricsPort = "metrics.port"
    case sessions = "limits.sessions"
    case sessionsPerClient = "limits.sessionsPerClient"
    case requestsPerSecond = "limits.requestsPerSecond"
    case requestBytes = "limits.requestBytes"
    case connections = "limits.connections"
    case sockets = "limits.sockets"
    case meshService = "mesh.service"
    case meshPort = "mesh.port"
    case meshSignaling = "mesh.signaling"
    case redis = "redis.url"
    case nodeName = "redis.nodeName"
    case logLevel = "log.level"
}
