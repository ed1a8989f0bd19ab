internal import Foundation
internal import NIOCore

extension Diagnosis {
    /// Why the name in a server's URL leads nowhere; nil when it has an address. A server that
    /// cannot even be asked makes no ICE error on some hosts, and must not look like one that
    /// answers.
    func obstacle(toName url: String) async -> String? {
        guard let host = Self.host(in: url) else { return "\(url.prefix(80)) has no host name" }
        let (answers, feed) = AsyncStream.makeStream(of: String?.self, bufferingPolicy: .bufferingOldest(1))
        // The resolver of the system blocks, for as long as it likes.
        let thread = Thread {
            let address = try? SocketAddress.makeAddressResolvingHost(host, port: 1)
            feed.yield(address == nil ? "the name \(host) does not resolve" : nil)
        }
        thread.start()
        let timer = Task {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            feed.yield("the name \(host) was not resolved in \(limit)")
        }
        defer { timer.cancel() }
        for await answer in answers { return answer }
        return nil
    }

    /// The host of a `stun:` or `turn:` URL (RFC 7064 §3.1), without brackets.
    static func host(in url: String) -> String? {
        let rest = url.drop { $0 != ":" }.dropFirst().prefix { $0 != "?" }
        let host = rest.first == "[" ? rest.dropFirst().prefix { $0 != "]" } : rest.prefix { $0 != ":" }
        return host.isEmpty ? nil : String(host)
    }
}
