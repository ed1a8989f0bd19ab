internal import NIOHTTP1
internal import Synchronization

/// Whether a server takes new sockets, as it tells the programs that watch it.
enum Readiness: String, Sendable {
    /// It does.
    case ready = "ok"
    /// Not yet.
    case starting
    /// Not until somebody goes.
    case full
    /// Not any more.
    case draining

    /// What is asked, by its path.
    enum Probe: String {
        /// Whether the process serves at all.
        case health = "/health"
        /// Whether it takes new sockets.
        case ready = "/ready"
    }

    /// When to ask again, in seconds.
    static let retryAfter = "5"

    /// The answer to a request for one of the two.
    func answer(to probe: Probe, _ method: HTTPMethod) -> HTTPAnswer {
        guard method == .GET || method == .HEAD else {
            return HTTPAnswer(
                status: .methodNotAllowed, text: "Ask with GET or HEAD.", headers: ["allow": "GET, HEAD"])
        }
        let status = probe == .health ? .ready : self
        var headers = ["cache-control": "no-store"]
        if status != .ready { headers["retry-after"] = Self.retryAfter }
        return HTTPAnswer(
            status: status == .ready ? .ok : .serviceUnavailable, text: #"{"status":"\#(status.rawValue)"}"#,
            headers: headers, contentType: "application/json")
    }

    /// What a request for a WebSocket is refused with; nil where it is not.
    var refusal: HTTPAnswer? {
        // Whoever comes while the server starts is served: it listens already.
        self == .full || self == .draining ? noPlace : nil
    }

    /// What a request for a WebSocket is refused with for which there is no place.
    var noPlace: HTTPAnswer {
        HTTPAnswer(
            status: .serviceUnavailable, text: "The server is \(rawValue). Try again later, or at another one.",
            headers: ["cache-control": "no-store", "retry-after": Self.retryAfter])
    }
}

/// A server's readiness: written by its hub, read on any thread.
final class ShownReadiness: Sendable {
    private static let all: [Readiness] = [.ready, .starting, .full, .draining]
    private let index = Atomic<Int>(1)

    var value: Readiness {
        get { Self.all[index.load(ordering: .acquiring)] }
        set { index.store(Self.all.firstIndex(of: newValue) ?? 0, ordering: .releasing) }
    }
}
