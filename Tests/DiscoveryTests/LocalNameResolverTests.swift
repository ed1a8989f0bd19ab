import Synchronization
import Testing
import TransportTypes

@testable import Discovery
@testable import MulticastDNS

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

    /// Answers each question with these addresses, one after the other, or never.
    private final class Daemon: LocalNameDaemon {
        let addresses: [[UInt8]]
        let asked = Mutex(0)

        init(_ addresses: [[UInt8]]) { self.addresses = addresses }

        func ask(
            for name: String, _ answer: @escaping @Sendable (LocalNameAnswer) -> Void
        ) -> [DiscoveryLoop.ID] {
            asked.withLock { $0 += 1 }
            return addresses.enumerated().map { index, address in
                DiscoveryLoop.shared.schedule(after: .milliseconds(5 * index)) {
                    answer(.address(address, interface: 0))
                }
            }
        }
    }

    @Test("an answer has all addresses that come within a moment, those of IPv4 first")
    func allAddresses() async throws {
        let daemon = Daemon([[UInt8](repeating: 0x20, count: 16), [10, 0, 0, 1]])
        let resolver = LocalNameResolver(daemon: daemon)
        #expect(try await resolver.resolve("h.local") == ["10.0.0.1", "2020:2020:2020:2020:2020:2020:2020:2020"])
    }

    @Test("an answer is given again as long as it is fresh", arguments: [true, false])
    func cache(isFresh: Bool) async throws {
        let daemon = Daemon([[10, 0, 0, 1]])
        let resolver = LocalNameResolver(cacheLifetime: isFresh ? .seconds(3600) : .zero, daemon: daemon)
        for _ in 0..<3 { #expect(try await resolver.resolve("h.local") == ["10.0.0.1"]) }
        #expect(daemon.asked.withLock { $0 } == (isFresh ? 1 : 3))
    }

    @Test("one requester may wait for a name so many times, and is told when that is too often")
    func waiters() async {
        let resolver = LocalNameResolver(daemon: Daemon([]))
        let requester = NameRequester()
        await withTaskGroup(of: DiscoveryError.Code?.self) { group in
            for _ in 0...(4 * NameQueue.waitingEach) {
                group.addTask {
                    do throws(DiscoveryError) {
                        _ = try await resolver.resolve("h.local", for: requester, timeout: .seconds(3600))
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            #expect(await group.next() == .busy)
            group.cancelAll()
        }
    }
}
