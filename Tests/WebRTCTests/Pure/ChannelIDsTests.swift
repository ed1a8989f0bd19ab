import Testing

@testable import WebRTC

@Suite("The stream numbers of channels")
struct ChannelIDsTests {
    /// The numbers of one association, to be asked from within an expectation.
    private final class IDs {
        var ids = ChannelIDs()
        var limit: UInt16 {
            get { ids.limit }
            set { ids.limit = newValue }
        }
        func allocate(isDTLSClient: Bool) -> UInt16? { ids.allocate(isDTLSClient: isDTLSClient) }
        func claim(_ id: UInt16) -> Bool { ids.claim(id) }
        func release(_ id: UInt16) { ids.release(id) }
    }

    @Test("the DTLS client takes even numbers, the server odd ones, in ascending order")
    func parity() {
        let ids = IDs()
        #expect((0..<4).map { _ in ids.allocate(isDTLSClient: true) } == [0, 2, 4, 6])
        let others = IDs()
        #expect((0..<4).map { _ in others.allocate(isDTLSClient: false) } == [1, 3, 5, 7])
    }

    @Test("a number that was claimed is not allocated, and is claimed once")
    func claims() {
        let ids = IDs()
        #expect(ids.claim(0) && ids.claim(2) && ids.claim(65534))
        #expect(!ids.claim(2))
        #expect(ids.allocate(isDTLSClient: true) == 4)
        ids.release(2)
        #expect(ids.claim(2))
    }

    @Test("every number below the limit is given out once, then none", arguments: [true, false])
    func exhaustion(isDTLSClient: Bool) {
        for limit in [UInt16(0), 1, 2, 3, 1024, 1025] {
            let ids = IDs()
            ids.limit = limit
            let expected = Array(stride(from: isDTLSClient ? 0 : 1, to: Int(limit), by: 2))
            var given: [Int] = []
            while let id = ids.allocate(isDTLSClient: isDTLSClient) { given.append(Int(id)) }
            #expect(given == expected, "limit \(limit)")
        }
    }

    @Test("all the usable numbers can be in use at the same time, and 65535 never is")
    func all() {
        let ids = IDs()
        var given: Set<UInt16> = []
        while let id = ids.allocate(isDTLSClient: true) { given.insert(id) }
        while let id = ids.allocate(isDTLSClient: false) { given.insert(id) }
        #expect(given.count == 65535 && !given.contains(65535))
    }

    @Test("a number just freed is used again last")
    func reuse() {
        let ids = IDs()
        ids.limit = 8
        #expect(ids.allocate(isDTLSClient: true) == 0)
        ids.release(0)
        #expect((0..<4).map { _ in ids.allocate(isDTLSClient: true) } == [2, 4, 6, 0])
        #expect(ids.allocate(isDTLSClient: true) == nil)
        ids.release(4)
        #expect(ids.allocate(isDTLSClient: true) == 4)
    }

    @Test("a limit that shrinks below the next number starts again from the first")
    func shrinkingLimit() {
        let ids = IDs()
        for _ in 0..<100 { _ = ids.allocate(isDTLSClient: true) }
        for id in stride(from: UInt16(0), to: 20, by: 2) { ids.release(id) }
        ids.limit = 10
        #expect(ids.allocate(isDTLSClient: true).map { $0 < 10 } == true)
    }
}
