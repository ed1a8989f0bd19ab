import StrictJSON
import Testing

@testable import Signaling

@Suite("room dialect of the server")
struct RoomDialectTests {
    private func joined() -> CoreDriver {
        var driver = CoreDriver(connected: [1, 2, 3, 4])
        _ = driver.send(1, #"{"type":"join","peerId":"A"}"#)
        _ = driver.send(2, #"{"type":"join","peerId":"B"}"#)
        _ = driver.send(3, #"{"type":"join","peerId":"C"}"#)
        _ = driver.send(4, #"{"type":"join","peerId":"A","room":"other"}"#)
        return driver
    }

    @Test("who joins gets those who are there, and they hear of it")
    func join() {
        var driver = CoreDriver()
        #expect(driver.send(1, #"{"type":"join","peerId":"A"}"#).peers(1) == [])
        let replies = driver.send(2, #"{"type":"join","peerId":"B","room":"default"}"#)
        #expect(replies.peers(2) == ["A"])
        #expect(replies.messages(1) == [.object(["type": .string("peer-joined"), "peerId": .string("B")])])
    }

    @Test("an id in use in the room is refused with 4409, in another room it is free")
    func idInUse() {
        var driver = joined()
        _ = driver.core.connected(5, now: driver.now)
        let replies = driver.send(5, #"{"type":"join","peerId":"A"}"#)
        #expect(replies.closed == [5: 4409] && replies.errors(5) == ["id-in-use"] && replies.recipients == [5])
        #expect(driver.send(1, #"{"type":"join","peerId":"Z"}"#).errors(1) == ["identity"])
    }

    @Test("a message with a target goes there, one without to all others of the room, the sender in it")
    func relay() {
        var driver = joined()
        let targeted = driver.send(1, #"{"type":"offer","from":"A","to":"B","sdp":"x"}"#)
        #expect(targeted.recipients == [2] && targeted.messages(2).first?["from"]?.text == "A")
        let toAll = driver.send(1, #"{"type":"candidate","candidate":{"candidate":"c"}}"#)
        #expect(toAll.recipients == [2, 3] && toAll.messages(3).first?["from"]?.text == "A")
    }

    @Test("a false sender and an absent target are refused")
    func refusals() {
        var driver = joined()
        #expect(driver.send(1, #"{"type":"offer","from":"B","to":"C","sdp":"x"}"#).errors(1) == ["identity"])
        let offline = driver.send(1, #"{"type":"offer","to":"Z","sdp":"x"}"#)
        #expect(offline.errors(1) == ["unknown-peer"] && offline.recipients == [1])
        #expect(driver.send(1, #"{"type":"register"}"#).errors(1) == ["unknown-type"])
    }

    @Test("who leaves is announced to the room")
    func leave() {
        var driver = joined()
        let replies = driver.perform { $0.closed(1) }
        #expect(replies.recipients == [2, 3])
        #expect(replies.messages(2) == [.object(["type": .string("peer-left"), "peerId": .string("A")])])
        for socket in [2, 3, 4] as [UInt64] { _ = driver.core.closed(socket) }
        #expect(driver.core.rooms.rooms.isEmpty)
    }

    @Test("who joins again is told who is there, and the others hear nothing")
    func joinAgain() {
        var driver = joined()
        let replies = driver.send(1, #"{"type":"join","peerId":"A"}"#)
        #expect(replies.recipients == [1] && replies.peers(1) == ["B", "C"])
        for _ in 0..<4 { _ = driver.send(1, #"{"type":"join","peerId":"A"}"#) }
        #expect(driver.send(1, #"{"type":"join","peerId":"A"}"#).errors(1) == ["rate-limited"])
        #expect(driver.send(1, #"{"type":"join","peerId":"A","room":"other"}"#).errors(1) == ["identity"])
    }

    @Test("where rooms are not open, join is refused as unauthorized, and the mesh is open")
    func notOpen() {
        var driver = CoreDriver(connected: [])
        _ = driver.core.connected(1, mayJoinRooms: false, now: driver.now)
        #expect(driver.send(1, #"{"type":"join","peerId":"A"}"#).errors(1) == ["unauthorized"])
        #expect(driver.send(1, CoreDriver.register(CoreDriver.ann, "Ann")).errors(1).isEmpty)
    }

    @Test("a room has so many peers, and ids no longer than 256 bytes in JSON")
    func limits() {
        var driver = CoreDriver(limits: .init(peers: 1))
        let long = String(repeating: #"\u0001"#, count: 43)
        #expect(driver.send(1, #"{"type":"join","peerId":"\#(long)"}"#).errors(1) == ["invalid-message"])
        #expect(driver.send(1, #"{"type":"join","peerId":"A","room":"\#(long)"}"#).errors(1) == ["invalid-message"])
        _ = driver.send(1, #"{"type":"join","peerId":"A"}"#)
        #expect(driver.send(2, #"{"type":"join","peerId":"B"}"#).closed == [2: 1013])
        #expect(driver.send(3, #"{"type":"join","peerId":"B","room":"r"}"#).peers(3) == [])
    }
}
