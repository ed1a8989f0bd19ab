/// At which URL a client that is kept up connects: its own, or where its server has sent it to.
struct ServerChoice: Sendable {
    private let home: String
    private let isSecure: Bool
    private var other: String?
    private var failures = 0

    init(_ home: String) throws(SignalingError) {
        self.home = home
        isSecure = try WebSocketURL(home).isSecure
    }

    /// Where to connect: where the server has sent the client to, and its own URL in turns when
    /// that fails.
    var next: String { failures.isMultiple(of: 2) ? other ?? home : home }

    /// A server wants its clients to go elsewhere. A URL that is none is not followed, nor is one
    /// without TLS where the client's own has it: there is where it was then.
    mutating func move(to url: String?) {
        guard let url, let read = try? WebSocketURL(url), read.isSecure || !isSecure else { return }
        other = url == home ? nil : url
        failures = 0
    }

    /// There is a connection with a URL.
    mutating func reached(_ url: String) {
        failures = 0
        if url == home { other = nil }
    }

    mutating func failed() { failures += 1 }
}
