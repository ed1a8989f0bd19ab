import TestSupport
import Testing

@testable import Signaling

@Suite("calls whose messages take their time")
struct CallHistoryTests {
    /// What happens to two or three devices of two users.
    private func history(_ seed: UInt64) throws -> CallWorld {
        var generator = SeededGenerator(seed: seed)
        let users = seed % 3 == 0 ? ["ann", "bob", "bob"] : ["ann", "bob"]
        var world = try CallWorld(users)
        var ids = 0
        for _ in 0..<Int.random(in: 5..<60, using: &generator) {
            let index = Int.random(in: 0..<users.count, using: &generator)
            let live = world.devices[index].core.calls.keys.sorted()
            let one = live.randomElement(using: &generator)
            switch Int.random(in: 0..<20, using: &generator) {
            case 0, 1:
                ids += 1
                let id = "\(UInt16.random(in: 0...(.max), using: &generator)) \(ids)"
                world.call(index, users[index] == "ann" ? "bob" : "ann", id: id)
            case 2: if let one { world.run(index) { core, _ in core.hangUp(one) } }
            case 3, 4: if let one { world.run(index) { core, _ in core.accept(one) } }
            case 5: if let one { world.run(index) { core, _ in core.reject(one, reason: nil) } }
            case 6: if let one { try? world.offer(index, one, "again") }
            case 7: world.advance(by: .seconds(Int.random(in: 0...20, using: &generator)))
            case 8..<14: world.carryUp(index)
            default: try world.carryDown(index)
            }
        }
        // Everything arrives, and what nobody answers is over.
        try world.settle()
        world.advance(by: .seconds(31))
        try world.settle()
        return world
    }

    @Test("whatever happens, and whenever: in the end each call is accepted at both ends, or over at both")
    func outcome() throws {
        for seed in UInt64(0)..<3000 {
            let world = try history(seed)
            var ends: [String: [Int]] = [:]
            for (index, device) in world.devices.enumerated() {
                for (id, call) in device.core.calls {
                    #expect(call.isAccepted, "history \(seed): \(id) still rings")
                    ends[id, default: []].append(index)
                }
                for (id, states) in device.states {
                    // Nothing follows an end, and nothing happens twice.
                    #expect(Set(states).count == states.count, "history \(seed): \(id) \(states)")
                    #expect(states.dropLast().allSatisfy { !$0.isEnded }, "history \(seed): \(id) \(states)")
                }
            }
            for (id, devices) in ends {
                let users = Set(devices.map { world.devices[$0].user })
                #expect(users == ["ann", "bob"] && devices.count == 2, "history \(seed): \(id) at \(devices)")
            }
        }
    }
}
