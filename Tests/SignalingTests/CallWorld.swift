import JSEP
import TestSupport

@testable import Signaling

/// Clients' cores and the server's call dialect, with messages that take their time: those of one client come in their
/// order, and so do those to one client.
struct CallWorld {
    struct Device {
        let user: String
        var core: CallCore
        var toServer: [SignalingMessage] = []
        var toClient: [SignalingMessage] = []
        var states: [String: [CallState]] = [:]
        var events: [String: [SignalingEvent]] = [:]
        var incoming: [String] = []
        var successors: [String: String] = [:]
        /// What the server has carried, by type.
        var heard: [String] = []
    }

    var devices: [Device]
    var now = Duration.zero
    private var server = CallDialect()

    init(_ users: [String], incomingLimit: Int = 32) throws {
        devices = users.map { Device(user: $0, core: CallCore(incomingLimit: incomingLimit)) }
        var turn = SignalingTurn(now: now)
        for index in users.indices {
            let identity = TokenIdentity(subject: users[index])
            _ = try server.identified(SignalingSocket(id: UInt64(index), identity: identity), in: &turn)
            run(index) { core, _ in core.connected() }
        }
    }

    /// Whether nothing is under way.
    var isQuiet: Bool { devices.allSatisfy { $0.toServer.isEmpty && $0.toClient.isEmpty } }

    mutating func run(_ index: Int, _ event: (inout CallCore, Duration) throws -> [CallCore.Output]) rethrows {
        for output in try event(&devices[index].core, now) {
            switch output {
            case .send(let message, let note):
                var message = message.message
                note?.write(into: &message)
                devices[index].toServer.append(message)
            case .incoming(let id, _, let isOffered): if isOffered { devices[index].incoming.append(id) }
            case .state(let id, let state): devices[index].states[id, default: []].append(state)
            case .succeeded(let own, let other): devices[index].successors[own] = other
            case .event(let id, let event): devices[index].events[id, default: []].append(event)
            }
        }
    }

    /// Calls, and has the negotiator offer, as it does at once.
    @discardableResult
    mutating func call(_ index: Int, _ user: String, id: String) -> String {
        var result = id
        run(index) { core, now in
            let (id, outputs) = core.call(user, id: id, now: now)
            result = id
            return outputs
        }
        if devices[index].core.calls[result]?.isCalling == true { try? offer(index, result, "offer \(result)") }
        return result
    }

    mutating func offer(_ index: Int, _ id: String, _ sdp: String) throws {
        let description = SessionDescription(type: .offer, sdp: sdp)
        try run(index) { core, _ in try core.send(CallRecord.Said(payload: .description(description)), id) }
    }

    mutating func advance(by time: Duration) {
        now += time
        for index in devices.indices { run(index) { core, now in core.tick(now: now) } }
    }

    /// Carries one message to the server.
    mutating func carryUp(_ index: Int) {
        guard !devices[index].toServer.isEmpty else { return }
        let message = devices[index].toServer.removeFirst()
        var turn = SignalingTurn(now: now)
        do throws(SignalingRefusal) {
            try server.receive(message, from: UInt64(index), in: &turn)
        } catch {
            turn.send(error.reply, to: UInt64(index))
        }
        for target in devices.indices {
            devices[target].toClient += turn.messages(to: UInt64(target)).compactMap { $0 }
        }
    }

    /// Carries one message from the server.
    mutating func carryDown(_ index: Int) throws {
        guard !devices[index].toClient.isEmpty else { return }
        let message = devices[index].toClient.removeFirst()
        devices[index].heard.append(message.type)
        let read = try CallMessage(message)
        run(index) { core, now in core.receive(read, NegotiationNote(message), now: now) ?? [] }
    }

    /// Carries all that is under way, and what follows from it.
    mutating func settle() throws {
        while !isQuiet {
            for index in devices.indices {
                carryUp(index)
                try carryDown(index)
            }
        }
    }

    func state(_ index: Int, _ id: String) -> CallState? {
        if let last = devices[index].states[id]?.last { return last }
        return devices[index].core.calls[id] == nil ? nil : .ringing
    }
}
