internal import Crypto
internal import Foundation
internal import Hummingbird
internal import ICE
internal import Signaling
internal import StrictJSON

/// Makes credentials that a TURN server with the same secret takes until they expire.
struct TURNCredentials: Sendable {
    struct Credential: Sendable {
        let username: String
        let password: String
        let lifetime: Int
    }

    let settings: TURNSettings
    let limits: AddressLimits
    let now: @Sendable () -> Duration

    init(settings: TURNSettings, now: @escaping @Sendable () -> Duration) {
        self.settings = settings
        self.now = now
        limits = AddressLimits(burst: settings.perMinute, perSecond: Double(settings.perMinute) / 60)
    }

    /// - Parameter date: when it is made; it expires the lifetime later.
    func credential(for user: String, at date: Date = .now) -> Credential {
        let lifetime = Int(settings.lifetime.components.seconds)
        let username = "\(Int(date.timeIntervalSince1970) + lifetime):\(user)"
        // What coturn has: HMAC-SHA1 over the user name (RFC 2104).
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Data(username.utf8), using: SymmetricKey(data: settings.secret))
        return Credential(username: username, password: Data(code).base64EncodedString(), lifetime: lifetime)
    }

    /// The TURN servers with a credential, for an offer; none where the settings name none, as
    /// browsers refuse a server without a URL.
    func servers(for user: String) -> [ICEServer] {
        guard !settings.uris.isEmpty else { return [] }
        let credential = credential(for: user)
        return [ICEServer(urls: settings.uris, username: credential.username, credential: credential.password)]
    }

    var routes: [GatewayRoute] {
        [
            GatewayRoute(.get, "/api/turn/credentials", .turn) { request throws(GatewayFailure) in
                guard let user = request.caller.identity?.subject else {
                    throw GatewayFailure(.unauthorized, "unauthorized", "This needs a token.")
                }
                guard self.limits.take(user, now: self.now()) else {
                    throw .tooMany(
                        "rate-limited", "A user may ask for \(self.settings.perMinute) credentials a minute.",
                        retryAfter: 2)
                }
                let credential = self.credential(for: user)
                return .json(
                    .object([
                        "username": .string(credential.username), "password": .string(credential.password),
                        "ttl": .number(credential.lifetime), "uris": .array(self.settings.uris.map { .string($0) }),
                    ]))
            }
        ]
    }
}
