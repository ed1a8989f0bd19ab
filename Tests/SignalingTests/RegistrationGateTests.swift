import StrictJSON
import Testing

@testable import Signaling

@Suite("a mesh with a gate")
struct RegistrationGateTests {
    /// Lets in who responds with "open", under the id of its challenge; keeps nobody for more than ten seconds.
    private struct Gate: RegistrationGate {
        var visits: [SignalingSocketID: (id: String, since: Duration, host: String?)] = [:]
        var answered: Set<SignalingSocketID> = []
        var turnedAway = 0

        mutating func receive(
            _ message: SignalingMessage, from socket: SignalingSocket, now: Duration
        ) throws(SignalingRefusal) -> RegistrationPassage {
            if message.type == "challenge" {
                visits[socket.id] = (try message.required("peer_id"), now, socket.host)
                return RegistrationPassage(answer: SignalingMessage(type: "challenge", ["host": socket.host ?? ""]))
            }
            guard message["proof"] == "open" else {
                throw SignalingRefusal(ErrorMessage.Code.unauthorized, "no", close: .init(1008, "no"))
            }
            answered.insert(socket.id)
            return RegistrationPassage(admitted: visits[socket.id]?.id)
        }

        mutating func turnedAway(_ socket: SignalingSocket) { turnedAway += 1 }

        mutating func leave(_ socket: SignalingSocketID) {
            visits[socket] = nil
            answered.remove(socket)
        }

        mutating func overdue(now: Duration) -> [SignalingSocketID] {
            visits.filter { !answered.contains($0.key) && now - $0.value.since >= .seconds(10) }.keys.sorted()
        }
    }

    private let ann = CoreDriver.ann

    private func driver() -> CoreDriver {
        var driver = CoreDriver(connected: [])
        driver.core = SignalingServerCore(dialects: [MeshDialect(gate: Gate()), RoomDialect()])
        for socket in [1, 2, 3] as [UInt64] {
            _ = driver.core.connected(
                socket, origin: .init(host: "desk.local:3010", port: 3010, address: "192.0.2.1"), now: .zero)
        }
        return driver
    }

    private func challenge(_ id: String) -> String { #"{"type":"challenge","peer_id":"\#(id)"}"# }
    private let response = #"{"type":"response","proof":"open"}"#

    @Test(
        "who passes it registers with the id that it has named, and gets the list, without what it takes to come back")
    func passes() {
        var driver = driver()
        let first = driver.send(1, challenge(ann))
        #expect(first.messages(1).compactMap { $0["host"]?.text } == ["desk.local:3010"])
        #expect(driver.send(1, response).sent.isEmpty)
        let list = driver.send(1, CoreDriver.register(ann.lowercased(), "Ann"))
        #expect(list.peers(1) == [ann.lowercased()] && list.messages(1).allSatisfy { $0["resume"] == nil })
        #expect(driver.send(1, challenge(ann)).errors(1) == ["unknown-type"], "the gate is behind it")
        // Gone without a goodbye: the place is not kept.
        let now = driver.now
        _ = driver.perform { $0.lost(1, now: now) }
        #expect(driver.core.peerList.isEmpty && driver.core.away.isEmpty)
    }

    @Test("who does not pass it does not register, and sees nobody")
    func refused() {
        var driver = driver()
        for text in [
            CoreDriver.register(ann, "Ann"), #"{"type":"offer","to_peer_id":"\#(ann)","sdp":"x"}"#, response,
            #"{"type":"heartbeat"}"#,
        ] { #expect(driver.send(1, text).errors(1) == ["not-registered"]) }
        #expect(driver.send(2, challenge(ann)).errors(2).isEmpty)
        #expect(driver.send(2, CoreDriver.register(ann, "Ann")).errors(2) == ["not-registered"])
        #expect(
            driver.send(2, #"{"type":"ice","to_peer_id":"\#(ann)","candidate":""}"#).errors(2) == ["not-registered"])
        let wrong = driver.send(2, #"{"type":"response","proof":"sesame"}"#)
        #expect(wrong.errors(2) == ["unauthorized"] && wrong.closed == [2: 1008])
        _ = driver.send(3, challenge(ann))
        _ = driver.send(3, response)
        #expect(driver.send(3, CoreDriver.register(CoreDriver.bob, "Ann")).errors(3) == ["unauthorized"])
        #expect(driver.core.peerList.isEmpty)
    }

    @Test("who takes too long at it is closed, and bad messages in a row close as everywhere")
    func late() {
        var driver = driver()
        _ = driver.send(1, challenge(ann))
        #expect(driver.tick(after: .seconds(9)).closed[1] == nil)
        #expect(driver.tick(after: .seconds(1)).closed[1] == 1008)
        #expect(driver.core.sockets[1] == nil)
        var other = self.driver()
        _ = other.send(2, challenge(ann))
        let closed = (0..<5).map { _ in other.send(2, CoreDriver.register(ann, "Ann")).closed[2] }
        #expect(closed == [nil, nil, nil, nil, 1008])
    }

    @Test("without one the mesh is as it was, and knows no challenge")
    func without() {
        var driver = CoreDriver()
        #expect(driver.send(1, challenge(ann)).errors(1) == ["unknown-type"])
        #expect(driver.send(1, CoreDriver.register(ann, "Ann")).peers(1) == [ann])
        #expect(driver.send(1, challenge(ann)).errors(1) == ["unknown-type"])
        #expect(MeshDialect().spansServers && !MeshDialect(gate: Gate()).spansServers)
    }
}
