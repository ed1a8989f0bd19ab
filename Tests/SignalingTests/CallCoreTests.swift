import JSEP
import Testing

@testable import Signaling

@Suite("what a client makes of calls")
struct CallCoreTests {
    private func answer(_ sdp: String) -> CallRecord.Said {
        CallRecord.Said(payload: .description(SessionDescription(type: .answer, sdp: sdp)))
    }

    @Test("a call rings, is accepted, carries what the negotiators say, and is hung up at both ends")
    func call() throws {
        var world = try CallWorld(["ann", "bob"])
        world.call(0, "bob", id: "1")
        try world.settle()
        #expect(world.devices[1].incoming == ["1"] && world.state(1, "1") == .ringing)
        // What is said before it is accepted waits.
        try world.run(1) { core, _ in try core.send(self.answer("a"), "1") }
        #expect(world.isQuiet)
        world.run(1) { core, _ in core.accept("1") }
        try world.settle()
        #expect(world.state(0, "1") == .accepted && world.state(1, "1") == .accepted)
        #expect(world.devices[0].heard == ["call-accept", "call-answer"])
        #expect(world.devices[0].events["1"] == [.message(.description(.init(type: .answer, sdp: "a")))])
        world.run(0) { core, _ in core.hangUp("1") }
        try world.settle()
        #expect(world.state(0, "1") == .ended(.hungUp) && world.state(1, "1") == .ended(.hungUp))
        #expect(throws: SignalingError.self) { try world.offer(0, "1", "late") }
    }

    @Test(
        "a call that is not accepted ends at both ends with why",
        arguments: [(nil, CallState.End.rejected), ("busy", .busy), ("tired", .rejected)])
    func reject(reason: String?, end: CallState.End) throws {
        var world = try CallWorld(["ann", "bob"])
        world.call(0, "bob", id: "1")
        try world.settle()
        world.run(1) { core, _ in core.reject("1", reason: reason) }
        try world.settle()
        #expect(world.state(0, "1") == .ended(end) && world.state(1, "1") == .ended(end))
    }

    @Test("a call that nobody answers is missed after 30 seconds, and the caller hangs up")
    func missed() throws {
        var world = try CallWorld(["ann", "bob"])
        world.call(0, "bob", id: "1")
        try world.settle()
        #expect(world.devices[0].core.nextDeadline == .seconds(30))
        world.advance(by: .seconds(29))
        #expect(world.isQuiet)
        world.advance(by: .seconds(1))
        try world.settle()
        #expect(world.state(0, "1") == .ended(.missed) && world.state(1, "1") == .ended(.missed))
        #expect(world.devices[0].core.nextDeadline == nil)
    }

    @Test("who is not there is offline; what rings when a connection is lost is over, what was accepted goes on")
    func offline() throws {
        var world = try CallWorld(["ann", "bob", "eve"])
        world.call(0, "nobody", id: "1")
        try world.settle()
        #expect(world.state(0, "1") == .ended(.offline))
        world.call(0, "bob", id: "2")
        world.call(0, "eve", id: "3")
        try world.settle()
        world.run(1) { core, _ in core.accept("2") }
        try world.settle()
        world.run(0) { core, _ in core.disconnected("gone") }
        #expect(world.state(0, "2") == .accepted && world.state(0, "3") == .ended(.offline))
        #expect(throws: SignalingError.self) { try world.offer(0, "2", "lost") }
        world.run(0) { core, _ in core.connected() }
        #expect(world.devices[0].events["2"] == [.problem("gone"), .reconnected])
        try world.settle()
        #expect(world.state(2, "3")?.isEnded == true)
    }

    @Test("what rings when the connection is lost goes on if the place is had again, and is over if it is a new one")
    func keptPlace() throws {
        for isResumed in [true, false] {
            var world = try CallWorld(["ann", "bob", "eve"])
            world.call(0, "bob", id: "1")
            world.call(2, "ann", id: "2")
            world.call(2, "bob", id: "3")
            try world.settle()
            for index in [0, 1] { world.run(index) { core, _ in core.disconnected("gone", keepsPlace: true) } }
            #expect(world.state(0, "1") == .ringing && world.state(0, "2") == .ringing)
            // What is done meanwhile is said then.
            world.run(1) { core, _ in core.accept("1") }
            world.run(1) { core, _ in core.reject("3", reason: nil) }
            world.run(0) { core, _ in core.accept("2") }
            #expect(world.isQuiet)
            for index in [1, 0] {
                world.run(index) { core, _ in isResumed ? core.resumed() : core.connected() }
                try world.settle()
            }
            #expect(world.state(2, "3") == .ended(.rejected))
            if isResumed {
                for (index, id) in [(0, "1"), (1, "1"), (0, "2"), (2, "2")] {
                    #expect(world.state(index, id) == .accepted, "\(index) \(id)")
                }
            } else {
                #expect(world.devices[0].states["1"]?.last?.isEnded == true)
                #expect(world.devices[0].states["2"]?.last == .ended(.offline))
                #expect(world.devices[1].states["1"]?.last?.isEnded == true)
            }
        }
    }

    @Test("whoever answers has accepted, where the word for that was lost; and says that again when it is back")
    func lostAccept() throws {
        var world = try CallWorld(["ann", "bob"])
        world.call(0, "bob", id: "1")
        try world.settle()
        world.run(1) { core, _ in core.accept("1") }
        world.devices[1].toServer = []
        world.run(1) { core, _ in core.disconnected("gone", keepsPlace: true) }
        world.run(1) { core, _ in core.resumed() }
        #expect(world.devices[1].toServer.map(\.type) == ["call-accept"])
        world.devices[1].toServer = []
        try world.run(1) { core, _ in try core.send(self.answer("a"), "1") }
        try world.settle()
        #expect(world.state(0, "1") == .accepted)
    }

    @Test("all devices ring; one has it, and the others are told")
    func devices() throws {
        var world = try CallWorld(["ann", "bob", "bob"])
        world.call(0, "bob", id: "1")
        try world.settle()
        world.run(2) { core, _ in core.accept("1") }
        world.run(1) { core, _ in core.accept("1") }
        world.carryUp(2)
        try world.settle()
        #expect(world.state(2, "1") == .accepted && world.state(0, "1") == .accepted)
        #expect(world.state(1, "1") == .ended(.answeredElsewhere))
    }

    @Test(
        "of two calls that cross the smaller id stands, accepted without ringing", arguments: [("1", "2"), ("2", "1")])
    func glare(ann: String, bob: String) throws {
        var world = try CallWorld(["ann", "bob", "ann", "bob"])
        world.call(0, "bob", id: ann)
        world.call(1, "ann", id: bob)
        try world.settle()
        for index in 0..<2 { #expect(world.state(index, "1") == .accepted) }
        let loser = ann == "2" ? 0 : 1
        #expect(world.state(loser, "2") == .ended(.glare))
        #expect(world.devices[loser].successors == ["2": "1"])
        #expect(world.devices[loser].incoming.isEmpty && world.devices[1 - loser].incoming.isEmpty)
        // Their other devices have stopped to ring.
        for index in 2..<4 {
            #expect(world.devices[index].core.calls.isEmpty, "\(world.devices[index].states)")
        }
    }

    @Test("to call somebody whose call rings is to accept it")
    func callBack() throws {
        var world = try CallWorld(["ann", "bob"])
        world.call(0, "bob", id: "9")
        try world.settle()
        #expect(world.call(1, "ann", id: "1") == "9")
        try world.settle()
        #expect(world.state(0, "9") == .accepted && world.state(1, "9") == .accepted)
        #expect(world.call(0, "eve", id: "5") == world.call(0, "eve", id: "6"))
    }

    @Test("an offer with the id of a live call does not ring, nor does one of a call that is over")
    func renegotiation() throws {
        var world = try CallWorld(["ann", "bob"])
        world.call(0, "bob", id: "1")
        try world.offer(0, "1", "again")
        try world.settle()
        world.run(1) { core, _ in core.accept("1") }
        try world.offer(1, "1", "bob's")
        try world.settle()
        #expect(world.devices[1].incoming == ["1"] && world.devices[1].events["1"]?.count == 2)
        #expect(world.devices[0].events["1"] == [.message(.description(.init(type: .offer, sdp: "bob's")))])
        try world.offer(0, "1", "late")
        world.run(1) { core, _ in core.hangUp("1") }
        try world.settle()
        #expect(world.devices[1].incoming == ["1"] && world.state(0, "1") == .ended(.hungUp))
    }

    @Test("who is not in a call says nothing about it")
    func stranger() throws {
        var world = try CallWorld(["ann", "bob"])
        world.call(0, "bob", id: "1")
        try world.settle()
        for message: CallMessage in [
            .hangup(peer: "eve", callID: "1"), .reject(peer: "eve", callID: "1"), .accept(peer: "eve", callID: "1"),
            .offer(peer: "eve", callID: "1", sdp: "x"), .answer(peer: "eve", callID: "1", sdp: "x"),
        ] {
            for index in 0..<2 {
                world.run(index) { core, now in
                    let outputs = core.receive(message, nil, now: now)
                    #expect(outputs == [])
                    return outputs ?? []
                }
            }
        }
        #expect(world.state(0, "1") == .ringing && world.state(1, "1") == .ringing)
    }

    @Test("of calls that nobody takes so many ring, and more are busy")
    func bounded() throws {
        var world = try CallWorld(["ann", "bob", "eve"], incomingLimit: 2)
        for id in ["1", "2", "3"] {
            let core = world.devices[0].core
            #expect(core.calls[id] == nil)
            // Each from another user's client, for one rings at a time from each to the same.
            world.run(1) { core, now in
                core.receive(.offer(peer: "user \(id)", callID: id, sdp: "x"), nil, now: now) ?? []
            }
        }
        #expect(world.devices[1].incoming == ["1", "2"])
        #expect(world.devices[1].toServer.map(\.type) == ["call-reject"])
        #expect(world.devices[1].toServer.first?["reason"] == "busy")
        for _ in 0..<CallCore.heldLimit { try world.run(1) { core, _ in try core.send(self.answer("a"), "1") } }
        #expect(throws: SignalingError.self) { try world.run(1) { core, _ in try core.send(self.answer("a"), "1") } }
    }
}
