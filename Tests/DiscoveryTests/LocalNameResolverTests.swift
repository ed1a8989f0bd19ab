import MulticastDNS
@testable import Discovery
import Testing

@Suite("resolution of .local names", .timeLimit(.minutes(1)))
struct LocalNameResolverTests {
    @Test("a name that is not under .local is refused at once")
    func refused() async {
        let error = await #expect(throws: DiscoveryError.self) {
            try await LocalNameResolver.daemon.resolve("example.org")
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test("a name that nobody has ends with an error in time, for all who ask", arguments: [true, false])
    func unknown(usesDaemon: Bool) async {
        let resolver = LocalNameResolver(maximumConcurrency: 2, daemon: usesDaemon ? MDNSDaemon() : nil)
        let codes = await withTaskGroup(of: DiscoveryError.Code?.self) { group in
            for number in 0..<20 {
                group.addTask {
                    do throws(DiscoveryError) {
                        _ = try await resolver.resolve("nobody-\(number % 7)-here.local", timeout: .milliseconds(200))
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            return await group.reduce(into: [DiscoveryError.Code?]()) { $0.append($1) }
        }
        // Without a network, or without one that carries multicast, the reason is another one.
        #expect(codes.count == 20 && codes.allSatisfy { $0 == .notFound || $0 == .system })
    }

    @Test("a cancelled caller gets an error at once, others of the name go on waiting")
    func cancelled() async {
        let resolver = LocalNameResolver.daemon
        let other = Task { try await resolver.resolve("nobody-is-here.local", timeout: .milliseconds(300)) }
        let task = Task { try await resolver.resolve("nobody-is-here.local", timeout: .seconds(3600)) }
        task.cancel()
        let error = await #expect(throws: DiscoveryError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        let otherError = await #expect(throws: DiscoveryError.self) { try await other.value }
        #expect(otherError?.code != .cancelled)
    }

    @Test("the time of a name begins when it is asked for, and the names of one do not use up another's")
    func turns() async {
        let resolver = LocalNameResolver(maximumConcurrency: 1, daemon: nil)
        let (hostile, honest) = (NameRequester(), NameRequester())
        let (ends, feed) = AsyncStream.makeStream(of: (isHonest: Bool, DiscoveryError.Code?).self)
        @Sendable func ask(_ name: String, for requester: NameRequester) async {
            do throws(DiscoveryError) {
                _ = try await resolver.resolve(name, for: requester, timeout: .milliseconds(50))
                feed.yield((requester == honest, nil))
            } catch {
                feed.yield((requester == honest, error.code))
            }
        }
        let others = (0..<24).map { number in Task { await ask("nobody-\(number)-here.local", for: hostile) } }
        let own = Task { await ask("nobody-else-is-here.local", for: honest) }
        var order: [Bool] = []
        for await (isHonest, code) in ends {
            #expect(code == .notFound || code == .system, "its turn came, however long that took")
            order.append(isHonest)
            if order.count == 25 { break }
        }
        #expect((order.firstIndex(of: true) ?? 25) < 12)
        for task in others + [own] { await task.value }
    }
}
